"""A harness on a fresh, migrated database, and receivers on real ports."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from mailtide_harness.notifier import Harness, Mailroom, Receiver, a_harness, a_mailroom, a_receiver


@pytest.fixture
async def harness(pool: asyncpg.Pool) -> AsyncIterator[Harness]:
    async with a_harness(pool) as harness:
        yield harness


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def mailroom() -> Iterator[Mailroom]:
    with a_mailroom() as mailroom:
        yield mailroom
