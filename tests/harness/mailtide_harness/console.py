"""A console on a database, and a browser without scripts that may be logged in."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import httpx
from fastapi import FastAPI

from mailtide_common.contracts.connect_links import connect_link
from mailtide_console.app import create_site
from mailtide_console.layout.parts import Parts
from mailtide_console.layout.streams import Streams
from mailtide_console.scheduler_api.client import Api
from mailtide_console.settings import ConsoleSettings
from mailtide_console.summary.reader import Summaries

ADMIN_TOKEN = "an-admin-token-of-the-test-which-is-long"
PUBLIC_URL = "https://mail.example.com"
OPERATOR = "Ada Óperator"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def settings(**more: object) -> ConsoleSettings:
    """Return the settings of a console."""
    given = {"database_url": "postgresql://unused", "admin_token": ADMIN_TOKEN, **more}
    return ConsoleSettings.model_validate(given)


class Browser:
    """Follows links, sends forms and keeps cookies."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.csrf = ""

    async def log_in(
        self, token: str = ADMIN_TOKEN, operator: str = OPERATOR, next_: str = "/"
    ) -> httpx.Response:
        """Submit the login form."""
        form = {"token": token, "operator": operator, "next": next_}
        answer = await self.client.post("/login", data=form)
        if answer.status_code == httpx.codes.SEE_OTHER:
            found = CSRF.search((await self.get("/nowhere")).text)
            assert found is not None
            self.csrf = found[1]
        return answer

    async def get(self, path: str) -> httpx.Response:
        """Load a page."""
        return await self.client.get(path)

    async def send(self, path: str, **fields: object) -> httpx.Response:
        """Submit a form."""
        return await self.client.post(path, data={"csrf": self.csrf, **fields})


@asynccontextmanager
async def a_browser(app: FastAPI) -> AsyncIterator[Browser]:
    """Open a browser at a console."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        yield Browser(client)


@asynccontextmanager
async def a_console(
    pool: asyncpg.Pool,
    scheduler: httpx.AsyncBaseTransport,
    notifier: httpx.AsyncBaseTransport | None = None,
    **more: object,
) -> AsyncIterator[FastAPI]:
    """Make a console that reads a database, and calls a scheduler and a notifier."""
    app = create_site(settings(**more))
    headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
    unavailable = httpx.MockTransport(lambda _: httpx.Response(503))
    async with (
        httpx.AsyncClient(transport=scheduler, base_url="http://scheduler", headers=headers) as client,
        httpx.AsyncClient(
            transport=notifier or unavailable, base_url="http://notifier", headers=headers
        ) as notices,
    ):
        summaries = Summaries(pool)
        links = partial(connect_link, PUBLIC_URL, "a-connect-secret")
        app.state.parts = Parts(
            pool, Api(client, "scheduler"), Api(notices, "notifier"), Streams(), summaries, links
        )
        yield app
        await summaries.close()
