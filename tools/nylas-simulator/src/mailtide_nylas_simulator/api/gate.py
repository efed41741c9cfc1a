"""Middleware of every API call: request ids, authentication, counters, and faults of calls."""

import asyncio
from urllib.parse import unquote

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailtide_nylas_simulator.call_log import template_of
from mailtide_nylas_simulator.faults.bodies import send_endless, send_in_members
from mailtide_nylas_simulator.responses import ApiError, answer
from mailtide_nylas_simulator.world import World

_OPEN = ("/v3/connect/auth", "/v3/connect/token", "/v3/connect/revoke", "/v3/connect/tokeninfo")
_PAGE = "<html><head><title>503</title></head><body><h1>Service temporarily unavailable</h1></body></html>"
_LONGEST_STALL = 600.0
_NO_KEY = (
    "Unauthorized: the bearer token must be the API key or, below /v3/grants/, an access token of a grant"
)
_REFUSALS = {
    "unauthorized": (401, "unauthorized", "Unauthorized"),
    "forbidden": (403, "insufficient_scopes", "The grant lacks a scope that this call needs."),
    "not_found": (404, "not_found_error", "requested object not found"),
}
"""The status, type and message of the error, by kind of fault."""


class Gate:
    """ASGI middleware that gives ``/v3`` calls an id, authenticates and counts them, and applies faults."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/v3/"):
            await self._app(scope, receive, send)
            return
        scope["nylas_request_id"] = self._world.request_id()
        segments = scope["raw_path"].decode("latin-1").split("?")[0].strip("/").split("/")
        grant = self._grant_in(segments, self._world.tokens.get(_bearer(scope) or ""))
        route = f"{scope['method']} {template_of(segments)}"
        running = self._world.calls.began(grant or "-", route)
        seen = [0]

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen[0] = message["status"]
                message["headers"].append((b"x-request-id", scope["nylas_request_id"].encode()))
            await send(message)

        try:
            await self._pass(scope, receive, marked, grant, running)
        finally:
            self._world.calls.ended(grant or "-", seen[0])

    async def _pass(
        self, scope: Scope, receive: Receive, send: Send, grant: str | None, running: int
    ) -> None:
        fault = self._refusal(scope) or await self._fault(scope, receive, grant, running)
        if fault is not None:
            await fault(scope, receive, send)
            return
        if self._world.faults.strike("disconnect", grant=grant, path=scope["path"]):
            await _cut_off(send)
            return
        await self._answer(scope, receive, send, grant)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, grant: str | None) -> None:
        """Call the handler and send its answer, unless the fault ``endless`` replaces both.

        The fault ``gzip_members`` compresses the answer in several members.
        """
        faults, path = self._world.faults, scope["path"]
        if not (b"select=" in scope["query_string"] and faults.has("endless", "whole")) and (
            endless := faults.strike("endless", grant=grant, path=path)
        ):
            await send_endless(receive, send, endless)
        elif parts := faults.strike("gzip_members", grant=grant, path=path):
            await send_in_members(self._app, scope, receive, send, parts)
        else:
            await self._app(scope, receive, send)

    def _grant_in(self, segments: list[str], own: str | None) -> str | None:
        """Return the id of the grant that a path names, or None if it names none.

        For an unknown grant, return the name in the path. `own` is the grant id of the access token, for which
        ``me`` stands.
        """
        if len(segments) < 3 or segments[1] != "grants":
            return None
        reference = unquote(segments[2])
        try:
            return self._world.grants.find(reference, own).id
        except ApiError:
            return reference

    def _refusal(self, scope: Scope) -> Response | None:
        """Return None if the call is authenticated, else 401.

        The bearer token must be the API key or, below ``/v3/grants/``, an access token, whose grant is then
        stored in `scope`. Paths in `_OPEN` require no token.
        """
        if scope["path"] in _OPEN:
            return None
        token = _bearer(scope) or ""
        if token == self._world.api_key:
            return None
        own = self._world.tokens.get(token)
        if own is not None and scope["path"].startswith("/v3/grants/"):
            scope["nylas_own_grant"] = own
            return None
        return _refused(scope, ApiError(401, "unauthorized", _NO_KEY))

    async def _fault(
        self, scope: Scope, receive: Receive, grant: str | None, running: int
    ) -> Response | None:
        """Return the response of a fault that answers in place of the handler, or None.

        The faults ``latency`` and ``stall`` sleep first. ``disconnect``, ``endless`` and ``gzip_members`` are
        applied later. `running` is the number of running calls of the grant, including this one.
        """
        faults, path = self._world.faults, scope["path"]
        if late := faults.strike("latency", grant=grant, path=path):
            await asyncio.sleep(late.number("seconds", 0.1))
        if stall := faults.strike("stall", grant=grant, path=path):
            await _gone_or(receive, min(stall.number("seconds", 30), _LONGEST_STALL))
            return _refused(scope, ApiError(504, "provider_error", "Provider request timed out."))
        if page := faults.strike("html", grant=grant, path=path):
            return HTMLResponse(_PAGE, int(page.number("status", 200)))
        if grant and faults.strike("concurrency", grant=grant, path=path, running=running):
            return _refused(scope, _throttled("Application is over its MailboxConcurrency limit.", None))
        error = self._error(path, grant)
        return _refused(scope, error) if error else None

    def _error(self, path: str, grant: str | None) -> ApiError | None:
        faults = self._world.faults
        if faults.strike("rate_limit", grant=grant, path=path):
            return ApiError(429, "nylas_rate_limit_exceeded", "Too many requests.")
        if wait := faults.strike("provider_rate_limit", grant=grant, path=path):
            return _throttled("Too many concurrent requests for user", int(wait.number("retry_after", 1)))
        if broken := faults.strike("server_error", grant=grant, path=path):
            return ApiError(int(broken.number("status", 503)), "api.internal_error", "internal error")
        for name, refusal in _REFUSALS.items():
            if faults.strike(name, grant=grant, path=path):
                return ApiError(*refusal)
        return None


def _bearer(scope: Scope) -> str | None:
    """Return the bearer token of a call, or None if it has none."""
    kind, _, token = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").partition(" ")
    return token if kind.lower() == "bearer" else None


def _throttled(said: str, retry_after: int | None) -> ApiError:
    """Return a 429 that a provider caused. `said` is the provider's message."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return ApiError(
        429,
        "rate_limit_error",
        "The provider limits the rate of requests.",
        {"error": {"code": 429, "message": said}},
        headers,
    )


def _refused(scope: Scope, error: ApiError) -> Response:
    return answer(error.body(scope["nylas_request_id"]), error.status, error.headers)


async def _cut_off(send: Send) -> None:
    """Send less than Content-Length announces, then raise, so that the server closes the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"request_id":', "more_body": True})
    raise ConnectionAbortedError("closed by the fault `disconnect`")


async def _gone_or(receive: Receive, seconds: float) -> None:
    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return
