"""A harness on a fresh, migrated database."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from mailtide_common.runtime.postgres import create_pool
from mailtide_harness.scheduler import Harness


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    pool = await create_pool(database_url, max_size=8, application_name="test")
    async with pool:
        yield pool


@pytest.fixture
def harness(pool: asyncpg.Pool) -> Harness:
    return Harness(pool)
