"""Fixtures and settings shared by the tests of all packages."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio
from hypothesis import HealthCheck, settings

from mailtide_common.runtime.postgres import create_pool

# a busy machine must not fail a test; fixtures are created once for all examples, and tests rely on that
settings.register_profile(
    "mailtide",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("mailtide")


@pytest_asyncio.fixture(loop_scope="session")
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a migrated database of its own."""
    async with await create_pool(database_url, max_size=8, application_name="test") as opened:
        yield opened
