"""Fixtures of the sync worker's tests."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio

from mailtide_harness.sync_worker import EMAIL, Harness, NewHarness
from mailtide_nylas_simulator.mail.seed import MailboxPlan, seeded
from mailtide_nylas_simulator.world import World


@pytest_asyncio.fixture(loop_scope="session")
async def new_harness(pool: asyncpg.Pool) -> AsyncIterator[NewHarness]:
    """Makes a harness with a seeded mailbox; `filled` says whether the database holds it already."""
    made: list[Harness] = []

    async def make(*, filled: bool = True, **plan: Any) -> Harness:
        world = World("client", "key", 1)
        world.adopt(seeded(MailboxPlan(EMAIL, **{"size": 60, "attachments": 0.0, **plan})))
        harness = Harness(pool, world, world.connect(EMAIL))
        made.append(harness)
        if filled:
            await harness.fill()
        return harness

    yield make
    for harness in made:
        await harness.nylas.aclose()
