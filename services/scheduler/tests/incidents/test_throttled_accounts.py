"""429s that do not say when to come back: believed for a while, then told, and over with the first call that works."""

from typing import Any

from mailtide_common.contracts.events import AlertKind, SyncOutcome
from mailtide_harness.scheduler import Harness, wanted
from mailtide_scheduler.database import connected
from mailtide_scheduler.incidents.incidents import get_open_since


async def answered(harness: Harness, outcome: SyncOutcome, **fields: Any) -> None:
    await harness.schedule_now()
    (request,) = await harness.send_due()
    await harness.take(harness.finished(request, outcome, **fields))


async def test_a_server_that_only_ever_answers_429_is_told_once_and_ends_by_itself(harness: Harness) -> None:
    await harness.take(wanted())
    await answered(harness, SyncOutcome.THROTTLED)
    await harness.pool.execute("UPDATE account_schedules SET throttled_since = now() - interval '59 minutes'")
    await answered(harness, SyncOutcome.THROTTLED)
    assert await harness.alerts() == []
    await harness.pool.execute("UPDATE account_schedules SET throttled_since = now() - interval '61 minutes'")
    await answered(harness, SyncOutcome.THROTTLED)
    await answered(harness, SyncOutcome.THROTTLED)
    (alert,) = await harness.alerts()
    assert (alert.kind, alert.subject) == (AlertKind.GRANT_THROTTLED, "g")
    await answered(harness, SyncOutcome.OK)
    async with connected(harness.pool) as connection:
        assert await get_open_since(connection, AlertKind.GRANT_THROTTLED) is None


async def test_a_429_that_says_when_is_throttling(harness: Harness) -> None:
    await harness.take(wanted())
    await answered(harness, SyncOutcome.THROTTLED)
    await harness.pool.execute("UPDATE account_schedules SET throttled_since = now() - interval '2 hours'")
    await answered(harness, SyncOutcome.THROTTLED, retry_after_seconds=5.0)
    await answered(harness, SyncOutcome.THROTTLED)
    assert await harness.alerts() == []
