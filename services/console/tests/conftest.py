"""A console on a fresh, migrated database, and a browser that is logged in."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from mailtide_common.runtime.postgres import create_pool
from mailtide_harness.console import Browser, a_browser, a_console


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await create_pool(database_url, max_size=4, application_name="test")
    async with pool:
        yield pool


@pytest.fixture
async def console(pool: asyncpg.Pool) -> AsyncIterator[FastAPI]:
    async with a_console(pool, httpx.MockTransport(lambda _: httpx.Response(503))) as app:
        yield app


@pytest.fixture
async def browser(console: FastAPI) -> AsyncIterator[Browser]:
    async with a_browser(console) as browser:
        await browser.log_in()
        yield browser
