"""Routes below `/api/auth/nylas`, and the cookies of their flows."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from mailtide_common.contracts.connect_links import BASE_PATH, MAX_USER_ID_LENGTH, PROVIDER
from mailtide_common.contracts.validation.shape import Shape
from mailtide_ingress import limits

from .connect import ALREADY_CONNECTED, Connect
from .link_signatures import LinkSignatures
from .oauth_flow import OAuthFlows, cookie_name

Provider = Annotated[
    Annotated[str, PROVIDER] | None,
    Query(description="Nylas' name of the provider; empty or absent: the user chooses."),
]
UserId = Annotated[
    Annotated[str, Shape(r"[^\x00]*", "must not contain NUL")] | None,
    Query(
        min_length=1,
        max_length=MAX_USER_ID_LENGTH,
        description="The application's user. Absent: the mailbox is connected without a user.",
    ),
]
"""A user's id.

An empty id is refused as a mistake of the application, because the mailbox would belong to nobody. An id with
NUL is refused because Postgres cannot store NUL. Without its NUL, the id might be that of another user.
"""

ReturnTo = Annotated[
    str | None,
    Query(
        description="Where the browser goes in the end: a path of PUBLIC_URL's origin, or a URL whose origin "
        "is that of PUBLIC_URL or is listed in MAILTIDE_RETURN_ORIGINS. Absent: a page of the ingress."
    ),
]
Expires = Annotated[str, Query(max_length=20, description="Unix seconds until which the link may be opened.")]
Signature = Annotated[
    str,
    Query(
        max_length=128,
        description="Lower-case hex HMAC-SHA256 with CONNECT_SECRET over provider, user_id, return_to and expires, "
        "joined by line feeds; an absent value is empty.",
    ),
]
Code = Annotated[str | None, Query(max_length=limits.MAX_CODE_LENGTH)]
State = Annotated[str, Query(max_length=limits.MAX_STATE_LENGTH)]


class SessionCookies:
    """Sets and deletes the cookies of flows.

    Browsers send a cookie to the routes of this module only, and hide it from scripts. If PUBLIC_URL is an
    https URL, the cookie is sent over https only.
    """

    def __init__(self, public_url: str) -> None:
        parts = urlsplit(public_url)
        self._secure = parts.scheme == "https"
        self._path = parts.path.rstrip("/") + BASE_PATH

    def keep(self, response: Response, nonce: str, value: str) -> None:
        """Set a flow's cookie for `limits.OAUTH_SECONDS`.

        The browser is told not to cache the response, and not to send its URL as a referrer.
        """
        self._set(response, nonce, value, limits.OAUTH_SECONDS)

    def drop(self, response: Response, nonce: str) -> None:
        """Delete a flow's cookie. Caching and referrers are forbidden as by `keep`."""
        self._set(response, nonce, "", 0)

    def _set(self, response: Response, nonce: str, value: str, max_age: int) -> None:
        samesite: Literal["lax"] = "lax"
        response.set_cookie(
            cookie_name(nonce),
            value,
            max_age=max_age,
            path=self._path,
            secure=self._secure,
            httponly=True,
            samesite=samesite,
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"


def auth_router(
    connect: Connect, flows: OAuthFlows, cookies: SessionCookies, signatures: LinkSignatures
) -> APIRouter:
    """Return the routes of `/connect`, `/callback` and `/done`."""
    router = APIRouter(prefix=BASE_PATH, tags=["connect"])

    @router.get("/connect", response_class=RedirectResponse, status_code=302)
    async def begin(
        provider: Provider = None,
        user_id: UserId = None,
        return_to: ReturnTo = None,
        expires: Expires = "",
        signature: Signature = "",
    ) -> Response:
        """Redirect the browser to Nylas' hosted authentication, and set the flow's cookie.

        `docs/read-your-mail.md` shows how the application signs the link.
        """
        signatures.check(
            provider=provider or "",
            user_id=user_id or "",
            return_to=return_to or "",
            expires=expires,
            signature_given=signature,
        )
        begun = connect.begin(provider=provider or None, user_id=user_id, return_to=return_to or None)
        response = RedirectResponse(begun.location, 302)
        cookies.keep(response, begun.nonce, begun.cookie)
        return response

    @router.get("/callback", response_class=RedirectResponse, status_code=303)
    async def finish(
        request: Request, state: State = "", code: Code = None, error: str | None = None
    ) -> Response:
        """Exchange Nylas' code, publish the account, and redirect to `return_to` with `success` or `error`.

        The flow's cookie is deleted.
        """
        nonce = flows.nonce_of(state)
        flow = flows.claim(nonce, request.cookies.get(cookie_name(nonce)))
        response = RedirectResponse(await connect.finish(flow, code=code, error=error), 303)
        cookies.drop(response, nonce)
        return response

    @router.get("/done", response_class=PlainTextResponse)
    async def done(success: str | None = None, error: str | None = None) -> Response:
        """Show the result of a flow that was begun without `return_to`."""
        if error == ALREADY_CONNECTED:
            text = "Not connected: another user has already connected this mailbox."
        elif success and not error:
            text = "Connected."
        else:
            text = "Not connected. Please try again."
        return PlainTextResponse(f"{text} You can close this window.\n")

    return router
