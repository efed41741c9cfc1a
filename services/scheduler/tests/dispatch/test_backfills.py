"""First backfills beside deltas, and the rotation of windows, on a real Postgres."""

import time

import pytest

from mailtide_common.contracts.events import SyncKind, SyncOutcome, SyncRequested
from mailtide_harness.scheduler import INTERVAL, Harness, account, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.sync_intervals import DAY_SECONDS, SyncIntervals
from mailtide_scheduler.tasks import delays


def of_kind(requests: list[SyncRequested], kind: SyncKind) -> SyncRequested:
    (found,) = [request for request in requests if request.kind is kind]
    return found


async def test_a_fresh_account_is_backfilled_while_deltas_keep_it_current(harness: Harness) -> None:
    await harness.add_account("g", fresh=True)
    requests = await harness.tick()
    backfill, delta = of_kind(requests, SyncKind.BACKFILL), of_kind(requests, SyncKind.DELTA)
    assert (backfill.since, backfill.start_date, backfill.window_seconds) == (None, None, None)
    assert delta.since == pytest.approx(time.time() - 2 * limits.OVERLAP_SECONDS, abs=10)
    assert delta.window_seconds is None
    now = int(time.time()) - limits.OVERLAP_SECONDS
    await harness.take(harness.finished(delta, watermark=now))
    schedule = await harness.schedule("g")
    assert (schedule["watermark"], schedule["live_watermark"]) == (None, now)
    await harness.take(harness.progressed(backfill, until=500, synced=10, oldest=100))
    await harness.take(
        harness.finished(of_kind(await harness.tick(), SyncKind.BACKFILL), watermark=1_700_000_000)
    )
    assert (await harness.schedule("g"))["watermark"] == now, (
        "deltas have seen more than the backfill began with"
    )
    await harness.pool.execute("UPDATE account_schedules SET next_sync_at = now()")
    (after,) = await harness.tick()
    assert (after.kind, after.window_seconds) == (SyncKind.DELTA, DAY_SECONDS)


async def test_a_backfill_outlives_failures_and_a_dead_grant(harness: Harness) -> None:
    await harness.add_account("g", fresh=True)
    backfill = of_kind(await harness.tick(), SyncKind.BACKFILL)
    await harness.take(harness.progressed(backfill, until=500, synced=10))
    (backfill,) = await harness.send_due()
    await harness.take(harness.finished(backfill, SyncOutcome.GRANT_INVALID))
    await harness.pool.execute("UPDATE email_accounts SET status = 'invalid'")
    await harness.schedule_now()
    assert await harness.tick() == []
    await harness.pool.execute("UPDATE email_accounts SET status = 'active'")
    again = of_kind(await harness.tick(), SyncKind.BACKFILL)
    assert (again.task_id, again.until) == (backfill.task_id, 500)
    for _ in range(delays.GIVE_UP_ATTEMPTS + 1):
        await harness.take(harness.finished(again, SyncOutcome.FAILED, error="boom"))
        await harness.schedule_now()
        again = of_kind(await harness.send_due(), SyncKind.BACKFILL)


async def test_a_slice_ends_the_failure_that_came_before_it(harness: Harness) -> None:
    await harness.add_account("g", fresh=True)
    backfill = of_kind(await harness.tick(), SyncKind.BACKFILL)
    await harness.take(harness.finished(backfill, SyncOutcome.FAILED, error="boom"))
    await harness.schedule_now()
    again = of_kind(await harness.send_due(), SyncKind.BACKFILL)
    await harness.take(harness.progressed(again, until=500, synced=10))
    task = await harness.task(backfill.task_id)
    assert (task["until"], task["outcome"], task["error"]) == (500, None, None)


async def test_a_backfill_begins_once_whoever_asks(harness: Harness) -> None:
    connected = account("g", 10, connected_at=10)
    await harness.handle(connected, connected)
    account_id = await harness.add_account("g", fresh=True, observed_at=10)
    run_id = await harness.runs.start_or_join_cron()
    full = await harness.runs.start_manual(account_id, SyncKind.BACKFILL)
    backfill = of_kind(await harness.tick() + await harness.second().tick(), SyncKind.BACKFILL)
    await harness.take(harness.finished(backfill, synced_count=7, watermark=1))
    await harness.tick()
    for run in (run_id, full):
        report = await harness.runs.report(run)
        assert [(d.status, d.synced_count) for d in report.details] == [("success", 7)]


async def test_a_run_counts_what_was_found_while_it_waited(harness: Harness) -> None:
    await harness.add_account("g", fresh=True)
    backfill = of_kind(await harness.tick(), SyncKind.BACKFILL)
    await harness.take(harness.progressed(backfill, until=500, synced=10, oldest=0))
    run_id = await harness.runs.start_or_join_cron()
    report = await harness.runs.report(run_id)
    (line,) = report.details
    assert line.progress is not None
    assert line.progress.kind == "backfill"
    assert line.progress.fraction == pytest.approx(1.0, abs=0.01)
    backfill = of_kind(await harness.tick(), SyncKind.BACKFILL)
    await harness.take(harness.finished(backfill, synced_count=3, watermark=1))
    report = await harness.runs.report(run_id)
    assert report.details[0].synced_count == 3


async def test_a_start_date_is_asked_for(harness: Harness) -> None:
    dated = Harness(harness.pool, intervals=SyncIntervals(INTERVAL, backfill_start="2020-01-01"))
    await dated.add_account("g", fresh=True)
    backfill = of_kind(await dated.tick(), SyncKind.BACKFILL)
    assert backfill.start_date == 1_577_836_800
    await dated.take(dated.finished(backfill, watermark=1))
    await dated.pool.execute("UPDATE sync_tasks SET due_at = now() WHERE kind = 'audit'")
    audit = of_kind(await dated.tick(), SyncKind.AUDIT)
    assert audit.start_date == 1_577_836_800, "it would fetch all earlier mail"


async def test_a_requested_delta_of_an_unknown_mailbox_never_lists_it_whole(harness: Harness) -> None:
    await harness.take(wanted("g", None, kind=SyncKind.DELTA))
    assert await harness.tick() == []
    await harness.add_account_row("g")
    assert {request.kind for request in await harness.tick()} == {SyncKind.BACKFILL, SyncKind.DELTA}


async def test_windows_come_by_turn_and_count_when_the_delta_ended_well(harness: Harness) -> None:
    await harness.add_account("g")

    async def next_window(outcome: SyncOutcome = SyncOutcome.OK) -> int | None:
        await harness.pool.execute("UPDATE account_schedules SET next_sync_at = now()")
        await harness.schedule_now()
        (request,) = await harness.tick()
        await harness.take(harness.finished(request, outcome, watermark=1, error="x"))
        return request.window_seconds

    assert await next_window(SyncOutcome.FAILED) == 30 * DAY_SECONDS
    assert await next_window() == 30 * DAY_SECONDS
    assert await next_window() == DAY_SECONDS
    await harness.pool.execute("UPDATE account_schedules SET medium_window_at = now() - interval '1 hour'")
    assert await next_window() == 7 * DAY_SECONDS
    assert await next_window() == DAY_SECONDS
    await harness.pool.execute("UPDATE account_schedules SET long_window_at = now() - interval '1 day'")
    assert await next_window() == 30 * DAY_SECONDS


async def test_all_slices_of_a_delta_have_one_window(harness: Harness) -> None:
    await harness.add_account("g")
    (first,) = await harness.tick()
    await harness.take(harness.progressed(first, until=500, synced=1))
    await harness.pool.execute(
        "UPDATE account_schedules SET medium_window_at = now(), long_window_at = now()"
    )
    (second,) = await harness.send_due()
    assert second.window_seconds == first.window_seconds == 30 * DAY_SECONDS
