"""A stream of webhooks, and whether all that were answered with 200 have become rows."""

import asyncio

import asyncpg

from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

AT_ONCE = 4
SIZE = 3_000


async def trickle(admin: SimulatorAdmin, email: str, messages: int) -> None:
    """Deliver so many messages to a mailbox, a few at a time."""
    for _ in range(messages // AT_ONCE):
        await admin.deliver(email, AT_ONCE, size=SIZE)


async def delivered(admin: SimulatorAdmin, at_least: int) -> bool:
    """Return whether so many webhooks were answered with 200."""
    return len(await admin.deliveries(after=0, outcome="delivered")) >= at_least


async def accepted_are_rows(stack: Stack, admin: SimulatorAdmin) -> int:
    """Wait until every message whose webhook was answered with 200 is a row; return how many there are.

    Raises:
        LateError: some are not, in time.
    """
    accepted = {d.object_id for d in await admin.deliveries(after=0) if d.outcome == "delivered"}

    async def all_are_rows() -> bool:
        return await _rows_among(stack, accepted) == len(accepted)

    await until(all_are_rows, what=f"all {len(accepted)} accepted webhooks are rows", every=0.2)
    return len(accepted)


async def trickle_into_all(admin: SimulatorAdmin, messages: int) -> list[asyncio.Task[None]]:
    """Begin to deliver so many messages to each mailbox."""
    boxes = [box.email for box in await admin.mailboxes()]
    return [asyncio.create_task(trickle(admin, email, messages)) for email in boxes]


async def _rows_among(stack: Stack, message_ids: set[str]) -> int:
    try:
        connection = await asyncpg.connect(stack.database_url, timeout=5)
    except (OSError, asyncpg.PostgresError):
        return 0
    try:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM emails WHERE nylas_message_id = ANY($1)", list(message_ids)
        )
    finally:
        await connection.close()
    return found
