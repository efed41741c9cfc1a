"""A console on a fresh, migrated database, and a browser that is logged in."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_harness.console import ADMIN_TOKEN, Browser, a_browser, a_console
from mailtide_harness.doctor import a_doctor
from mailtide_harness.scheduler import Harness
from mailtide_scheduler.api.dependencies import UseCases
from mailtide_scheduler.api.routes import create_api


@pytest.fixture
async def console(pool: asyncpg.Pool) -> AsyncIterator[FastAPI]:
    async with a_console(pool, httpx.MockTransport(lambda _: httpx.Response(503))) as app:
        yield app


@pytest.fixture
async def acting(pool: asyncpg.Pool) -> AsyncIterator[Browser]:
    """A browser whose console has the real API of the scheduler behind it."""
    harness = Harness(pool)
    api = create_api(SecretStr("cron"), SecretStr(ADMIN_TOKEN))
    api.state.use_cases = UseCases(
        pool,
        harness.runs,
        harness.control,
        harness.held,
        harness.redriver,
        None,  # type: ignore[arg-type]
        "",
        OperatorLog(pool, acquire_seconds=5.0),
        a_doctor(pool),
    )
    async with a_console(pool, httpx.ASGITransport(api)) as app, a_browser(app) as browser:
        await browser.log_in()
        yield browser


@pytest.fixture
async def browser(console: FastAPI) -> AsyncIterator[Browser]:
    async with a_browser(console) as browser:
        await browser.log_in()
        yield browser
