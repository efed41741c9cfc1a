"""429s that do not say when to come back: believed for a while, then told, and over with the first call that works."""

from typing import Any

import pytest

from mailtide_common.contracts.events import AlertKind, SyncOutcome
from mailtide_harness.scheduler import Bench, wanted
from mailtide_scheduler.database import connected
from mailtide_scheduler.incidents.incidents import get_open_since

pytestmark = pytest.mark.real


async def answered(bench: Bench, outcome: SyncOutcome, **fields: Any) -> None:
    await bench.schedule_now()
    (request,) = await bench.send_due()
    await bench.take(bench.finished(request, outcome, **fields))


async def test_a_server_that_only_ever_answers_429_is_told_once_and_ends_by_itself(bench: Bench) -> None:
    await bench.take(wanted())
    await answered(bench, SyncOutcome.THROTTLED)
    await bench.pool.execute("UPDATE account_schedules SET throttled_since = now() - interval '59 minutes'")
    await answered(bench, SyncOutcome.THROTTLED)
    assert await bench.alerts() == []
    await bench.pool.execute("UPDATE account_schedules SET throttled_since = now() - interval '61 minutes'")
    await answered(bench, SyncOutcome.THROTTLED)
    await answered(bench, SyncOutcome.THROTTLED)
    (alert,) = await bench.alerts()
    assert (alert.kind, alert.subject) == (AlertKind.GRANT_THROTTLED, "g")
    await answered(bench, SyncOutcome.OK)
    async with connected(bench.pool) as connection:
        assert await get_open_since(connection, AlertKind.GRANT_THROTTLED) is None


async def test_a_429_that_says_when_is_throttling(bench: Bench) -> None:
    await bench.take(wanted())
    await answered(bench, SyncOutcome.THROTTLED)
    await bench.pool.execute("UPDATE account_schedules SET throttled_since = now() - interval '2 hours'")
    await answered(bench, SyncOutcome.THROTTLED, retry_after_seconds=5.0)
    await answered(bench, SyncOutcome.THROTTLED)
    assert await bench.alerts() == []
