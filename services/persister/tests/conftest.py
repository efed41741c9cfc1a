"""Fixtures of the persister's tests."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from mailtide_common.runtime.postgres import create_pool
from mailtide_harness.persister import Tables


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a fresh database."""
    opened = await create_pool(database_url, max_size=6, application_name="test")
    yield opened
    await opened.close()


@pytest.fixture
def tables(pool: asyncpg.Pool) -> Tables:
    """The mail tables of the fresh database."""
    return Tables(pool)
