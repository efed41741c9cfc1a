"""A harness on a fresh, migrated database."""

import asyncpg
import pytest

from mailtide_harness.scheduler import Harness


@pytest.fixture
def harness(pool: asyncpg.Pool) -> Harness:
    return Harness(pool)
