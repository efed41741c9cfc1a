"""Middleware that checks a request's token and size before its body is read (INV-28).

A dependency of a route would be too late, because FastAPI parses the body before it runs dependencies.
"""

import hmac
from collections.abc import Mapping
from http import HTTPStatus

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .body_limit import TOO_LARGE, bounded, too_large
from .problems import problem

API = "/api/"
_SCHEME = "bearer"


class BearerAuth:
    """Requires a bearer token, and limits the body, for all paths below `/api/`."""

    def __init__(self, app: ASGIApp, tokens: Mapping[str, SecretStr]) -> None:
        """Protect an application.

        Args:
            app: the application.
            tokens: tokens by path prefix. The longest prefix of a path decides. A path below `/api/` without
                a prefix here is answered by a server error.
        """
        self._app = app
        self._tokens = {
            prefix: tokens[prefix].get_secret_value().encode()
            for prefix in sorted(tokens, key=len, reverse=True)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 413, or pass the request to the application."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["path"], Headers(scope=scope))
        if refusal is not None:
            await refusal(scope, receive, send)
        else:
            await self._app(scope, bounded(receive), send)

    def _refusal(self, path: str, headers: Headers) -> Response | None:
        token = next(token for prefix, token in self._tokens.items() if path.startswith(prefix))
        if not _shows(headers.get("authorization", ""), token):
            detail = "a valid token is required in the header Authorization: Bearer …"
            return problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})
        if too_large(headers):
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE, close=True)
        return None


def _shows(authorization: str, token: bytes) -> bool:
    """Return whether an `Authorization` header contains the token."""
    scheme, _, given = authorization.partition(" ")
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), token)
    return same and scheme.lower() == _SCHEME
