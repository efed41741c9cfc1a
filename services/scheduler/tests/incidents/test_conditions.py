"""Incidents that no event reports are found by queries, alerted once, and end with their cause."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from mailtide_common.contracts.events import AlertEnded, AlertKind, AlertRaised
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.runtime.clock import now_us
from mailtide_harness.scheduler import INTERVALS, Harness
from mailtide_scheduler import limits
from mailtide_scheduler.database import transaction
from mailtide_scheduler.incidents.conditions import stale_seconds, watch_conditions
from mailtide_scheduler.incidents.incidents import close_incidents, open_incident
from mailtide_scheduler.sync_intervals import SyncIntervals


async def told(harness: Harness) -> list[tuple[str, AlertKind, str]]:
    """Check twice, and return the new alerts: a condition that lasts is alerted once."""
    for _ in range(2):
        async with transaction(harness.pool) as connection:
            await watch_conditions(connection, INTERVALS)
        await harness.incident_publisher.publish_pending()
    return [
        ("opened" if isinstance(event, AlertRaised) else "ended", event.kind, event.subject)
        for event in harness.publisher.taken()
        if isinstance(event, AlertRaised | AlertEnded)
    ]


async def add_task(harness: Harness, kind: str, *, overdue: float, attempts: int = 0) -> UUID:
    task_id = uuid4()
    await harness.pool.execute(
        "INSERT INTO sync_tasks (task_id, grant_id, kind, state, due_at, attempts, created_at)"
        " VALUES ($1, 'g', $2, 'pending', now() - make_interval(secs => $3), $4, now())",
        task_id,
        kind,
        overdue,
        attempts,
    )
    return task_id


async def test_syncs_that_fail_in_a_row_are_told_until_one_succeeds(harness: Harness) -> None:
    await harness.quiet("g")
    update = "UPDATE account_schedules SET failures = $1"
    await harness.pool.execute(update, limits.FAILING_SYNCS - 1)
    assert await told(harness) == []
    await harness.pool.execute(update, limits.FAILING_SYNCS)
    assert await told(harness) == [("opened", AlertKind.SYNC_FAILING, "g")]
    await harness.pool.execute(update, 0)
    assert await told(harness) == [("ended", AlertKind.SYNC_FAILING, "g")]


@pytest.mark.parametrize(
    ("kind", "alert", "late"),
    [
        ("delta", AlertKind.MAILBOX_STALE, stale_seconds(INTERVALS)),
        ("backfill", AlertKind.BACKFILL_STUCK, limits.STUCK_SECONDS),
    ],
)
async def test_what_is_overdue_is_told_until_it_moves(
    harness: Harness, kind: str, alert: AlertKind, late: float
) -> None:
    await harness.quiet("g")
    task_id = await add_task(harness, kind, overdue=late - 30)
    assert await told(harness) == []
    await harness.pool.execute("UPDATE sync_tasks SET due_at = due_at - interval '60 s'")
    assert await told(harness) == [("opened", alert, "g")]
    await harness.pool.execute("UPDATE sync_tasks SET due_at = now() WHERE task_id = $1", task_id)
    assert await told(harness) == [("ended", alert, "g")]


async def test_a_backfill_that_fails_at_one_slice_is_stuck(harness: Harness) -> None:
    await harness.quiet("g")
    await add_task(harness, "backfill", overdue=0, attempts=limits.STUCK_ATTEMPTS)
    assert await told(harness) == [("opened", AlertKind.BACKFILL_STUCK, "g")]


async def test_an_account_with_a_known_trouble_or_a_decision_is_not_told_again(harness: Harness) -> None:
    await harness.quiet("g")
    await harness.pool.execute("UPDATE account_schedules SET failures = 9")
    await add_task(harness, "delta", overdue=99_999)
    async with transaction(harness.pool) as connection:
        await open_incident(connection, AlertKind.GRANT_INVALID, "g", "dead", now_us())
    assert await told(harness) == [("opened", AlertKind.GRANT_INVALID, "g")]
    async with transaction(harness.pool) as connection:
        await close_incidents(connection, AlertKind.GRANT_INVALID, "g", now_us())
    await harness.pool.execute("UPDATE account_schedules SET decision = 'paused'")
    assert await told(harness) == [("ended", AlertKind.GRANT_INVALID, "g")]


async def test_parked_records_are_told_by_cause_until_they_are_sent_again(harness: Harness) -> None:
    for offset, error in enumerate(("Odd", "Odd", "Long")):
        await harness.pool.execute(
            "INSERT INTO dead_letters (id, origin_topic, origin_partition, origin_offset, origin_group, error_class,"
            " error_message, attempts, headers, parked_at) VALUES ($1, 't', 0, $2, 'g', $3, 'm', 1, '[]', now())",
            uuid4(),
            offset,
            error,
        )
    assert sorted(await told(harness)) == [
        ("opened", AlertKind.DEAD_LETTERS, "t/Long"),
        ("opened", AlertKind.DEAD_LETTERS, "t/Odd"),
    ]
    reasons: list[Any] = await harness.pool.fetch("SELECT reason FROM incidents WHERE subject = 't/Odd'")
    assert reasons[0]["reason"].startswith("2 records")
    await harness.pool.execute("UPDATE dead_letters SET redriven_at = now() WHERE error_class = 'Odd'")
    assert await told(harness) == [("ended", AlertKind.DEAD_LETTERS, "t/Odd")]


async def test_an_incident_that_ends_before_it_was_told_is_told_whole_and_a_moment_has_no_end(
    harness: Harness,
) -> None:
    async with transaction(harness.pool) as connection:
        await open_incident(connection, AlertKind.WEBHOOK_DOWN, "d", "r", UnixMicros(5))
        await close_incidents(connection, AlertKind.WEBHOOK_DOWN, None, UnixMicros(7))
        await open_incident(connection, AlertKind.WEBHOOK_RESTORED, "d", "r", UnixMicros(8), momentary=True)
    await harness.incident_publisher.publish_pending()
    await harness.incident_publisher.publish_pending()
    assert harness.publisher.taken() == [
        AlertRaised(kind=AlertKind.WEBHOOK_DOWN, subject="d", reason="r", at=5),
        AlertEnded(kind=AlertKind.WEBHOOK_DOWN, subject="d", reason="r", opened_at=5, at=7),
        AlertRaised(kind=AlertKind.WEBHOOK_RESTORED, subject="d", reason="r", at=8),
    ]


def test_how_late_is_stale_follows_the_rhythm_of_syncs_within_bounds() -> None:
    assert stale_seconds(SyncIntervals(1.0)) == 900.0
    assert stale_seconds(SyncIntervals(3_600.0)) == 7_200.0
    assert stale_seconds(SyncIntervals(float("inf"))) == limits.STALE_MOST_SECONDS
