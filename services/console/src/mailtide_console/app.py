"""The console's composition root."""

from contextlib import AsyncExitStack
from functools import partial

import httpx
from fastapi import Depends, FastAPI

from mailtide_common.contracts.connect_links import connect_link
from mailtide_common.runtime.postgres import check_login, open_pool
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.lifecycle import Lifespan, lifespan_of
from mailtide_common.runtime.web.server import Switch

from . import limits
from .layout import problems
from .layout.assets import Assets
from .layout.parts import Parts
from .layout.render import Renderer
from .layout.streams import Streams
from .login import routes as login
from .login.attempts import Attempts
from .pages import PACKAGES, PAGES, ROUTERS
from .scheduler_api.client import Api
from .session.csrf import check_change
from .session.guard import SessionGuard
from .session.sessions import Sessions
from .settings import ConsoleSettings
from .summary.reader import Summaries

SERVICE = "console"


def create_app(settings: ConsoleSettings, switch: Switch) -> FastAPI:
    """Create the application; its lifespan opens and closes the connections."""
    health = Health()

    async def compose(stack: AsyncExitStack) -> None:
        await _compose(app, settings, stack)

    app = create_site(settings, lifespan_of(compose, health, switch))
    app.router.routes.extend(health.routes())
    return app


def create_site(settings: ConsoleSettings, lifespan: Lifespan | None = None) -> FastAPI:
    """Create an app with all pages. Pages that need `app.state.parts` answer 503 until `parts` is set."""
    app = FastAPI(
        title="Mailtide console",
        lifespan=lifespan,
        dependencies=[Depends(check_change)],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    sessions = Sessions(
        settings.admin_token, seconds=settings.mailtide_session_seconds, secure=settings.secure
    )
    assets = Assets()
    app.state.renderer = Renderer(PAGES, ("login", *PACKAGES), assets, sessions)
    app.state.sessions = sessions
    app.state.attempts = Attempts()
    app.mount("/static", assets.app, name="static")
    problems.install(app)
    app.add_middleware(SessionGuard, sessions=sessions, secure=settings.secure)
    for router in (login.router, *ROUTERS):
        app.include_router(router)
    return app


async def _compose(app: FastAPI, settings: ConsoleSettings, stack: AsyncExitStack) -> None:
    pool = await open_pool(stack, settings, service=SERVICE, max_size=limits.POOL_SIZE)
    await check_login(pool)
    scheduler = await stack.enter_async_context(_client(settings, settings.mailtide_scheduler_url))
    notifier = await stack.enter_async_context(_client(settings, settings.mailtide_notifier_url))
    summaries = Summaries(pool)
    stack.push_async_callback(summaries.close)
    app.state.parts = Parts(
        pool,
        Api(scheduler, "scheduler"),
        Api(notifier, "notifier"),
        Streams(),
        summaries,
        partial(connect_link, settings.public_url, settings.link_secret),
    )
    stack.callback(setattr, app.state, "parts", None)


def _client(settings: ConsoleSettings, url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {settings.admin_token.get_secret_value()}"},
        trust_env=False,
    )
