"""Hosted OAuth (docs: Hosted OAuth). The simulated user consents at once."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailtide_nylas_simulator.grant_book import Grant
from mailtide_nylas_simulator.lookup import world_of
from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.responses import OAuthError, answer, bad_request, request_id_of, success
from mailtide_nylas_simulator.world import Code, World

from .grants import next_mailbox

_EXPIRES_IN = 3600
_LONGEST_STATE = 256


async def authorize(request: Request) -> Response:
    """Redirect to the application with a code.

    If ``login_hint`` names no mailbox, or a fault denies access, redirect with an error. 400 if the
    request is invalid, or if, without ``login_hint``, there is no mailbox of ``provider``.
    """
    world, query = world_of(request), request.query_params
    redirect_uri, state = _checked(world, query)
    echoed = {} if state is None else {"state": state}
    if world.faults.strike("oauth_denied", grant=None, path=request.url.path):
        return _back(redirect_uri, {"error": "access_denied", **echoed})
    email = query.get("login_hint") or next_mailbox(request, query.get("provider", ""))
    if email not in world.mailboxes:
        denied = {
            "error": "access_denied",
            "error_description": "the user could not sign in",
            "error_code": "25004",
        }
        return _back(redirect_uri, {**denied, **echoed})
    code = f"code-{world.request_id()}"
    world.codes[code] = Code(
        email,
        redirect_uri,
        query.get("code_challenge"),
        query.get("code_challenge_method", "plain"),
        query.get("access_type") == "offline",
        state,
        query.get("scope", "").split(),
    )
    return _back(redirect_uri, {"code": code, **echoed})


async def token(request: Request) -> Response:
    """Issue tokens for a code, a refresh token or a grant id. A code first connects its mailbox."""
    world = world_of(request)
    fields = await _fields(request)
    _check_client(request, world, fields)
    match fields.get("grant_type"):
        case "authorization_code":
            return _tokens(request, *_exchange(world, fields))
        case "refresh_token":
            grant_id = world.refresh_tokens.get(str(fields.get("refresh_token")))
            if grant_id is None:
                raise OAuthError(
                    "invalid_grant",
                    45006,
                    "the refresh token is missing, unknown or revoked, or its grant was deleted",
                )
            return _tokens(request, _grant(world, grant_id), offline=False)
        case "client_credentials":
            if not fields.get("grant_id"):
                raise OAuthError("invalid_request", 45001, "grant_id is required")
            return _tokens(request, _grant(world, str(fields["grant_id"])), offline=False)
        case other:
            said = "grant_type must be authorization_code, refresh_token or client_credentials"
            raise OAuthError("unsupported_grant_type", 45000, f"{said}, not {other}" if other else said)


async def revoke(request: Request) -> Response:
    """Revoke an access or refresh token. An unknown token is no error."""
    world, spent = world_of(request), request.query_params.get("token", "")
    world.tokens.pop(spent, None)
    world.refresh_tokens.pop(spent, None)
    return answer({})


async def token_info(request: Request) -> Response:
    """Return the claims of an access token or an id token. 400 if it is invalid."""
    world, query = world_of(request), request.query_params
    grant_id = world.tokens.get(query.get("access_token", ""))
    grant_id = grant_id or _subject(query.get("id_token"))
    grant = world.grants.get(grant_id) if grant_id else None
    if grant is None:
        raise bad_request("the access or id token is missing, unknown or revoked, or its grant was deleted")
    info = {
        "iss": "https://nylas.com",
        "aud": world.client_id,
        "sub": grant.id,
        "email": grant.email,
        "iat": grant.updated_at,
        "exp": grant.updated_at + _EXPIRES_IN,
    }
    return success(request, info)


def routes() -> list[Route]:
    return [
        Route("/v3/connect/auth", authorize),
        Route("/v3/connect/token", token, methods=["POST"]),
        Route("/v3/connect/revoke", revoke, methods=["POST"]),
        Route("/v3/connect/tokeninfo", token_info),
    ]


def verifies(verifier: str | None, challenge: str | None, method: str) -> bool:
    """Return whether a PKCE verifier matches a challenge; True if there is no challenge.

    For the method ``S256``, in upper or lower case, two challenges are accepted. RFC 7636 encodes the digest;
    Nylas' SDKs encode its hexadecimal form. Any other method counts as ``plain``.
    """
    if challenge is None:
        return True
    if verifier is None:
        return False
    digest = hashlib.sha256(verifier.encode())
    accepted = [verifier]
    if method.lower() == "s256":
        accepted = [
            base64.b64encode(digest.hexdigest().encode()).decode().rstrip("="),
            base64.urlsafe_b64encode(digest.digest()).decode().rstrip("="),
        ]
    return any(hmac.compare_digest(each.encode(), challenge.encode()) for each in accepted)


def _checked(world: World, query: QueryParams) -> tuple[str, str | None]:
    if query.get("client_id") != world.client_id:
        raise bad_request(f"client_id must be that of the application, {world.client_id}")
    redirect_uri = query.get("redirect_uri")
    if not redirect_uri:
        raise bad_request("redirect_uri is required")
    if world.callback_uris and redirect_uri not in world.callback_uris:
        raise bad_request(
            f"redirect_uri {redirect_uri} is none of the application's callback URIs, "
            f"{', '.join(world.callback_uris)}; PATCH /v3/applications replaces them"
        )
    if query.get("response_type") not in ("code", "adminconsent"):
        raise bad_request("response_type must be code or adminconsent")
    state = query.get("state")
    if state is not None and len(state) > _LONGEST_STATE:
        raise bad_request(f"state is longer than {_LONGEST_STATE} characters")
    return redirect_uri, state


def _back(redirect_uri: str, parameters: dict[str, str]) -> Response:
    joint = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(f"{redirect_uri}{joint}{urlencode(parameters)}", 302)


async def _fields(request: Request) -> Json:
    received = (await request.body()).decode("utf-8", "replace")
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(received))
    try:
        fields = json.loads(received)
    except ValueError:
        raise OAuthError("invalid_request", 45001, "the body is not JSON") from None
    return fields if isinstance(fields, dict) else {}


def _check_client(request: Request, world: World, fields: Json) -> None:
    """Raise `OAuthError` unless client id and client secret are the application's.

    The client secret is the API key. It may be sent as bearer token instead. The client id may be absent.
    """
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    secret = fields.get("client_secret") or bearer
    if fields.get("client_id") not in (None, world.client_id):
        raise OAuthError(
            "invalid_client", 45002, f"client_id must be that of the application, {world.client_id}"
        )
    if secret != world.api_key:
        raise OAuthError(
            "invalid_client",
            45002,
            "the API key is missing or wrong: send it as client_secret or bearer token",
        )


def _exchange(world: World, fields: Json) -> tuple[Grant, bool]:
    """Connect the mailbox of a code. Return its grant, and whether a refresh token was requested.

    If the mailbox is connected, its grant is re-authenticated. The code is invalid afterwards, even after an
    error.
    """
    code = world.codes.pop(str(fields.get("code")), None)
    if code is None:
        raise OAuthError("invalid_grant", 45003, "the code is missing, unknown, or was already used")
    if fields.get("redirect_uri") != code.redirect_uri:
        raise OAuthError(
            "invalid_grant", 45005, "redirect_uri differs from that of the authorization request"
        )
    if not verifies(fields.get("code_verifier"), code.challenge, code.method):
        raise OAuthError("invalid_grant", 45004, "Code verifier challenge failed")
    grant = world.connect(code.email, code.scope or None, login_id=world.request_id())
    grant.state = code.state
    return grant, code.offline


def _grant(world: World, grant_id: str) -> Grant:
    grant = world.grants.get(grant_id)
    if grant is None:
        raise OAuthError("invalid_grant", 45006, f"there is no grant {grant_id}")
    if grant.status != "valid":
        raise OAuthError(
            "invalid_grant",
            45006,
            f"the grant {grant_id} is no longer valid: the user has to authenticate again",
        )
    return grant


def _tokens(request: Request, grant: Grant, offline: bool) -> Response:
    """Return a response with a new access token and an id token, and with a refresh token if `offline`."""
    world = world_of(request)
    access = f"access-{world.request_id()}"
    world.tokens[access] = grant.id
    claims = {"sub": grant.id, "email": grant.email, "aud": world.client_id}
    body: Json = {
        "request_id": request_id_of(request),
        "access_token": access,
        "expires_in": _EXPIRES_IN,
        "grant_id": grant.id,
        "email": grant.email,
        "token_type": "Bearer",
        "scope": " ".join(grant.scope),
        "id_token": f"{_part({'alg': 'none'})}.{_part(claims)}.",
        "provider": grant.provider,
    }
    if offline:
        refresh = f"refresh-{world.request_id()}"
        world.refresh_tokens[refresh] = grant.id
        body["refresh_token"] = refresh
    return answer(body)


def _part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _subject(id_token: str | None) -> str | None:
    parts = (id_token or "").split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return str(claims.get("sub")) if isinstance(claims, dict) else None
