"""Admits requests before their bodies are read, and protects every response (INV-38)."""

import time
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailtide_common.runtime.web.body_limit import TOO_LARGE, bounded, too_large
from mailtide_common.runtime.web.problems import problem
from mailtide_console.metrics import PAGE_SECONDS

from .sessions import Sessions

LOGIN = "/login"
OPEN = (LOGIN, "/static/", "/healthz", "/readyz", "/metrics")
READING = frozenset({"GET", "HEAD"})
OWN_SITE = frozenset({"same-origin", "none"})

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SessionGuard:
    """Guards every route. Without a session, only the login, static files, probes and metrics are served."""

    def __init__(self, app: ASGIApp, sessions: Sessions, *, secure: bool) -> None:
        """Guard `app`. If `secure`, responses have the HSTS header, so that browsers use TLS."""
        self._app = app
        self._sessions = sessions
        self._headers = dict(HEADERS)
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, redirect it to the login, or pass it on with `request.state.session`.

        Every response gets the security headers.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        answer = self._refusal(scope)

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._protect(scope["path"], MutableHeaders(scope=message))
            await send(message)

        if answer is not None:
            await answer(scope, receive, protected)
        else:
            await self._app(scope, bounded(receive), protected)
        route = getattr(scope.get("route"), "path", "none")
        PAGE_SECONDS.labels(route).observe(time.perf_counter() - started)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if scope["method"] not in READING:
            if headers.get("sec-fetch-site", "none") not in OWN_SITE:
                return problem(
                    HTTPStatus.FORBIDDEN,
                    "another website sent this change: open the console, and make the change there",
                )
            if too_large(headers):
                return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE, close=True)
        request = HTTPConnection(scope)
        request.state.session = self._sessions.read(request)
        if request.state.session is not None or scope["path"].startswith(OPEN):
            return None
        if "hx-request" in headers:
            return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"HX-Redirect": LOGIN})
        target = LOGIN
        if scope["method"] in READING and scope["path"] != "/":
            query = scope["query_string"].decode("ascii", "replace")
            target = f"{LOGIN}?next={quote(scope['path'] + (f'?{query}' if query else ''), safe='/')}"
        return RedirectResponse(target, HTTPStatus.SEE_OTHER)

    def _protect(self, path: str, headers: MutableHeaders) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if not path.startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")
