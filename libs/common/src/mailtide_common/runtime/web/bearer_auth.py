"""Checks a request's token and size before its body is read (INV-28).

FastAPI reads and parses the body before it runs any dependency, so a dependency would check too late.
"""

import hmac
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import problem

API = "/api/"
_SCHEME = "bearer"

MAX_BODY_BYTES = 64 * 1024
"""Most bytes of a request's body: 1,000 ids of dead letters are 39 KB."""


class BearerAuth:
    """Guards every route of an API by bearer tokens."""

    def __init__(self, app: ASGIApp, tokens: Mapping[str, SecretStr]) -> None:
        """Guard `app`; `tokens` maps path prefixes to tokens, and the longest matching prefix decides."""
        self._app = app
        self._tokens = {
            prefix: tokens[prefix].get_secret_value().encode()
            for prefix in sorted(tokens, key=len, reverse=True)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 413, or let the request pass."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["path"], Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, send)
        else:
            await self._app(scope, _bounded(receive), send)

    def _refusal(self, path: str, headers: Headers) -> Response | None:
        token = next(token for prefix, token in self._tokens.items() if path.startswith(prefix))
        if not _shows(headers.get("authorization", ""), token):
            detail = "a valid bearer token is required"
            return problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})
        declared = headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > MAX_BODY_BYTES):
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE, headers={"Connection": "close"})
        return None


_TOO_LARGE = f"the body is larger than {MAX_BODY_BYTES // 1024} KiB"


def _shows(authorization: str, token: bytes) -> bool:
    """Return whether the header holds the token; compared in constant time."""
    scheme, _, given = authorization.partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token)
    return same and scheme.lower() == _SCHEME


def _bounded(receive: Receive) -> Receive:
    """Wrap `receive` so that it raises an HTTPException once a body without a declared length is too large."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE, {"Connection": "close"})
        return message

    return bounded
