"""A consumer that stands still is an incident until it goes on."""

from mailtide_common.contracts.events import AlertKind, IncidentSeen
from mailtide_harness.scheduler import Harness
from mailtide_scheduler.database import connected
from mailtide_scheduler.incidents.incidents import get_open_since

CONSUMER = "persister.mail.messages.v1"


def event(at: int, *, halted: bool) -> IncidentSeen:
    return IncidentSeen(
        kind=AlertKind.CONSUMER_HALTED,
        subject=CONSUMER,
        lasts=halted,
        reason="too many" if halted else "",
        at=at,
    )


async def test_a_halt_is_told_once_and_ends(harness: Harness) -> None:
    assert await harness.take(event(1, halted=False), event(2, halted=True), event(3, halted=True)) == []
    (alert,) = await harness.alerts()
    assert (alert.kind, alert.subject, alert.at) == (AlertKind.CONSUMER_HALTED, CONSUMER, 2)
    await harness.take(event(4, halted=False))
    async with connected(harness.pool) as connection:
        assert await get_open_since(connection, AlertKind.CONSUMER_HALTED) is None
    await harness.take(event(5, halted=True))
    assert len(await harness.alerts()) == 1
