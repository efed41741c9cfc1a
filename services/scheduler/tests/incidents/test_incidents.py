"""Incidents are alerted once, and end with their cause."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from mailtide_common.contracts.events import AlertKind, IncidentSeen, SyncKind, SyncOutcome, SyncRequested
from mailtide_harness.scheduler import Harness, account, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.accounts.state import AccountTrigger
from mailtide_scheduler.database import connected
from mailtide_scheduler.incidents.incidents import get_open_since
from mailtide_scheduler.tasks import delays


async def is_open(harness: Harness, kind: AlertKind) -> bool:
    async with connected(harness.pool) as connection:
        return await get_open_since(connection, kind) is not None


CONSUMER = "persister.mail.messages.v1"


def event(at: int, *, halted: bool) -> IncidentSeen:
    return IncidentSeen(
        kind=AlertKind.CONSUMER_HALTED,
        subject=CONSUMER,
        lasts=halted,
        reason="too many" if halted else "",
        at=at,
    )


async def counted(harness: Harness) -> float | None:
    """Return the metric of open halts after a pass."""
    await harness.tick()
    return REGISTRY.get_sample_value(
        "mailtide_scheduler_open_incidents", {"kind": AlertKind.CONSUMER_HALTED.value}
    )


async def test_a_halt_is_told_once_counted_while_it_lasts_and_ends(harness: Harness) -> None:
    assert await harness.take(event(1, halted=False), event(2, halted=True), event(3, halted=True)) == []
    (alert,) = await harness.alerts()
    assert (alert.kind, alert.subject, alert.at) == (AlertKind.CONSUMER_HALTED, CONSUMER, 2)
    assert await counted(harness) == 1
    await harness.take(event(4, halted=False))
    assert await counted(harness) == 0
    assert not await is_open(harness, AlertKind.CONSUMER_HALTED)
    await harness.take(event(5, halted=True))
    assert len(await harness.alerts()) == 1
    assert await harness.pool.fetchval("SELECT count(*) FROM account_schedules") == 0, (
        "it concerns no account"
    )


async def test_a_process_that_is_killed_while_its_clock_is_ahead_leaves_no_open_incident(
    harness: Harness,
) -> None:
    """While it lives, it reports every 30 s, and the incident stays open."""
    ahead = IncidentSeen(
        kind=AlertKind.CLOCK_AHEAD, subject="sync-worker@host/1", lasts=True, reason="an hour", at=1
    )

    async def later() -> None:
        await harness.pool.execute(
            "UPDATE incidents SET reported_at = reported_at - make_interval(secs => $1::double precision)",
            limits.SILENT_INCIDENT_SECONDS + 1,
        )

    await harness.take(ahead)
    await later()
    await harness.take(ahead)
    await harness.tick()
    assert await is_open(harness, AlertKind.CLOCK_AHEAD)
    await later()
    await harness.tick()
    assert not await is_open(harness, AlertKind.CLOCK_AHEAD)


MISSING = "consent is missing: connect the mailbox again with permission to read mail"


async def refuse(harness: Harness, request: SyncRequested) -> None:
    await harness.take(harness.finished(request, SyncOutcome.FAILED, error=MISSING, forbidden=True))


async def test_it_is_told_once_and_ends_when_mail_can_be_read(harness: Harness) -> None:
    await harness.add_account("g")
    run_id = await harness.runs.start_or_join_cron()
    (delta,) = await harness.tick()
    await refuse(harness, delta)
    assert await harness.send_due() == [], "no run tries again what only the owner can change"
    (line,) = (await harness.runs.report(run_id)).details
    assert (line.status, line.error) == ("failed", MISSING)
    for _ in range(3):
        await harness.schedule_now()
        (delta,) = await harness.send_due()
        await refuse(harness, delta)
    assert [(alert.kind, alert.subject) for alert in await harness.alerts()] == [
        (AlertKind.CONSENT_MISSING, "g")
    ]
    due = await harness.pool.fetchval(
        "SELECT extract(epoch FROM due_at - now())::float8 FROM sync_tasks WHERE state = 'pending'"
    )
    assert due > 4 * delays.FORBIDDEN_BACKOFF.first_seconds - 1, "calls back off"
    await harness.take(wanted("g", None, kind=SyncKind.ACCOUNT))
    (status,) = await harness.send_due()
    await harness.take(harness.finished(status))
    ended = "SELECT count(*) FROM incidents WHERE ended_at IS NOT NULL"
    assert await harness.pool.fetchval(ended) == 0, "a grant's status can be read without consent"
    await harness.handle(account("g", 99, connected_at=99))
    (delta,) = [r for r in await harness.tick() if r.kind is SyncKind.DELTA]
    await harness.take(harness.finished(delta, watermark=1))
    assert await harness.pool.fetchval(ended) == 1
    assert await harness.alerts() == []


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
    assert not await is_open(harness, AlertKind.GRANT_THROTTLED)


async def throttle_for_long(harness: Harness) -> None:
    """Open the incident about 429s without Retry-After."""
    await harness.take(wanted())
    await answered(harness, SyncOutcome.THROTTLED)
    await harness.pool.execute("UPDATE account_schedules SET throttled_since = now() - interval '2 hours'")
    await answered(harness, SyncOutcome.THROTTLED)
    assert await is_open(harness, AlertKind.GRANT_THROTTLED)


async def test_a_429_that_says_when_ends_the_incident_about_those_that_do_not(harness: Harness) -> None:
    await throttle_for_long(harness)
    await answered(harness, SyncOutcome.THROTTLED, retry_after_seconds=5.0)
    assert not await is_open(harness, AlertKind.GRANT_THROTTLED), "no later success would end it"


@pytest.mark.parametrize("happening", [AccountTrigger.PAUSE, AccountTrigger.REMOVE])
async def test_no_throttling_is_told_of_an_account_that_is_not_called(
    harness: Harness, happening: AccountTrigger
) -> None:
    account_id = await harness.quiet("g")
    await throttle_for_long(harness)
    await harness.control.decide(account_id, happening)
    assert not await is_open(harness, AlertKind.GRANT_THROTTLED)


async def test_a_429_that_says_when_is_throttling(harness: Harness) -> None:
    await harness.take(wanted())
    await answered(harness, SyncOutcome.THROTTLED)
    await harness.pool.execute("UPDATE account_schedules SET throttled_since = now() - interval '2 hours'")
    await answered(harness, SyncOutcome.THROTTLED, retry_after_seconds=5.0)
    await answered(harness, SyncOutcome.THROTTLED)
    assert await harness.alerts() == []
