"""Composes the ASGI application: the Nylas API, the admin API, and the middleware `Gate`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response

from .admin import mail_routes, routes
from .api import application, attachments, folders, grants, messages, oauth, threads, webhooks
from .api.gate import Gate
from .responses import ApiError, OAuthError, answer, api_error, failed, oauth_error, request_id_of
from .world import World

_GZIP_ABOVE = 200


def create_app(world: World) -> Starlette:
    """Return the simulator as an ASGI application. Its lifespan starts and stops the delivery of webhooks."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        world.sender.start()
        yield
        await world.sender.stop()

    modules = (
        application,
        grants,
        oauth,
        webhooks,
        attachments,
        messages,
        threads,
        folders,
        routes,
        mail_routes,
    )
    app = Starlette(
        routes=[route for module in modules for route in module.routes()],
        middleware=[
            Middleware(Gate, world=world),
            Middleware(GZipMiddleware, minimum_size=_GZIP_ABOVE, compresslevel=3),
        ],
        exception_handlers={
            ApiError: api_error,
            OAuthError: oauth_error,
            404: _no_route,
            405: _no_route,
            Exception: failed,
        },
        lifespan=lifespan,
    )
    app.state.world = world
    return app


async def _no_route(request: Request, _: Exception) -> Response:
    error = ApiError(
        404, "api.not_found_error", f"there is no route {request.method} {request.scope['path']}"
    )
    return answer(error.body(request_id_of(request)), error.status)
