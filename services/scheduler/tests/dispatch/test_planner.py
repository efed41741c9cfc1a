"""Due times, watermarks, slices, and accounts that are connected and removed, on a real Postgres."""

import re
import time

import asyncpg
import pytest
from prometheus_client import generate_latest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import ErrorClass
from mailtide_common.contracts.events import NEWEST, AccountStatus, Event, SyncKind, SyncOutcome
from mailtide_common.contracts.topics import ACCOUNTS, SYNC_EVENTS
from mailtide_harness.events import EXAMPLES
from mailtide_harness.scheduler import INTERVAL, WATERMARK, Harness, account, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.sync_intervals import DAY_SECONDS, NEVER_SECONDS, SyncIntervals
from mailtide_scheduler.tasks import delays


async def test_a_delta_lists_from_the_watermark(harness: Harness) -> None:
    await harness.add_account("g")
    (first,) = await harness.tick()
    assert (first.kind, first.since) == (SyncKind.DELTA, WATERMARK - limits.OVERLAP_SECONDS)
    await harness.take(harness.finished(first, watermark=1_700_000_000))
    schedule = await harness.schedule("g")
    assert schedule["watermark"] == 1_700_000_000
    assert await harness.tick() == []
    await harness.pool.execute("UPDATE account_schedules SET next_sync_at = now()")
    (second,) = await harness.tick()
    assert second.since == 1_700_000_000 - limits.OVERLAP_SECONDS


async def test_the_next_turn_is_an_interval_away(harness: Harness) -> None:
    await harness.add_account("g")
    (request,) = await harness.tick()
    await harness.take(harness.finished(request, watermark=1))
    seconds = await harness.pool.fetchval(
        "SELECT extract(EPOCH FROM next_sync_at - now())::double precision FROM account_schedules"
    )
    assert INTERVAL * 0.89 <= seconds <= INTERVAL * 1.1


async def test_without_a_timer_only_what_is_asked_for_is_synced_and_a_timer_takes_over_again(
    pool: asyncpg.Pool,
) -> None:
    harness = Harness(
        pool, intervals=SyncIntervals(NEVER_SECONDS, audit_interval=0.0, folder_interval=0.0, proof_after=())
    )
    await harness.add_account("g")
    (request,) = await harness.tick()
    await harness.take(harness.finished(request, watermark=1))
    assert await next_turn(pool) > 3_000 * DAY_SECONDS
    assert await harness.tick() == []
    await harness.runs.start_or_join_cron()
    (request,) = await harness.tick()
    await harness.take(harness.finished(request, watermark=2))
    assert await next_turn(pool) > 3_000 * DAY_SECONDS
    await Harness(pool, harness.offsets).tick()
    assert await next_turn(pool) <= INTERVAL


async def next_turn(pool: asyncpg.Pool) -> float:
    """Return the seconds until the only account's next delta."""
    seconds: float = await pool.fetchval(
        "SELECT extract(EPOCH FROM next_sync_at - now())::double precision FROM account_schedules"
    )
    return seconds


async def test_the_watermark_stays_behind_now_and_never_goes_back(harness: Harness) -> None:
    """INV-7."""
    await harness.add_account("g")
    (request,) = await harness.tick()
    await harness.take(harness.finished(request, watermark=9_999_999_999))
    watermark = (await harness.schedule("g"))["watermark"]
    assert watermark == pytest.approx(time.time() - limits.OVERLAP_SECONDS, abs=5)
    await harness.pool.execute("UPDATE account_schedules SET next_sync_at = now()")
    (request,) = await harness.tick()
    await harness.take(harness.finished(request, watermark=5))
    assert (await harness.schedule("g"))["watermark"] == watermark


async def test_slices_follow_each_other_at_once_and_count_once(harness: Harness) -> None:
    await harness.add_account("g")
    (first,) = await harness.tick()
    slice_done = harness.record(harness.progressed(first, until=500, synced=10))
    await harness.events.handle([slice_done, slice_done])
    (second,) = await harness.send_due()
    assert (second.task_id, second.until, second.watermark) == (first.task_id, 500, 1_700_000_000)
    await harness.events.handle([slice_done])
    assert await harness.send_due() == []
    last = harness.record(harness.finished(second, synced_count=5, watermark=1_700_000_000))
    await harness.events.handle([last, last])
    task = await harness.task(first.task_id)
    assert (task["state"], task["synced_count"]) == ("done", 15)


async def test_a_slice_that_is_redone_beside_deletions_counts_once(harness: Harness) -> None:
    """Messages were deleted meanwhile, so the repeated slice ends at an older date; it is still the same slice."""
    await harness.add_account("g")
    (first,) = await harness.tick()
    await harness.take(harness.progressed(first, until=500, synced=10, slice_from=NEWEST))
    await harness.take(harness.progressed(first, until=480, synced=10, slice_from=NEWEST))
    (second,) = await harness.send_due()
    assert second.until == 500
    await harness.take(harness.progressed(second, until=300, synced=7, slice_from=500))
    await harness.take(harness.progressed(second, until=290, synced=7, slice_from=500))
    (third,) = await harness.send_due()
    assert third.until == 300
    assert (await harness.task(first.task_id))["synced_count"] == 17


async def test_a_failed_slice_goes_on_where_it_was(harness: Harness) -> None:
    await harness.add_account("g")
    (first,) = await harness.tick()
    await harness.take(harness.progressed(first, until=500, synced=10))
    (second,) = await harness.send_due()
    await harness.take(harness.finished(second, SyncOutcome.FAILED, error="boom"))
    await harness.schedule_now()
    (third,) = await harness.send_due()
    assert (third.until, third.since, third.attempt) == (500, first.since, 2)


async def test_a_delta_waits_for_the_one_that_has_begun(harness: Harness) -> None:
    await harness.add_account("g")
    (first,) = await harness.tick()
    await harness.take(wanted("g", None, kind=SyncKind.DELTA))
    assert await harness.send_due() == []
    await harness.take(harness.progressed(first, until=500, synced=1))
    (slice_two,) = await harness.send_due()
    assert slice_two.task_id == first.task_id
    await harness.take(harness.finished(slice_two, watermark=1_700_000_000))
    (behind,) = await harness.send_due()
    assert behind.task_id != first.task_id
    assert behind.since == 1_700_000_000 - limits.OVERLAP_SECONDS


async def test_a_connected_account_is_due_before_its_row_exists(harness: Harness) -> None:
    record = harness.record(account("new", 10, connected_at=10))
    await harness.accounts.handle([record])
    assert harness.connected
    requests = await harness.send_due()
    assert {(r.grant_id, r.kind) for r in requests} == {("new", SyncKind.DELTA), ("new", SyncKind.BACKFILL)}
    await harness.take(*[harness.finished(request, watermark=1) for request in requests])
    await harness.accounts.handle([record])
    await harness.handle(account("new", 11, connected_at=10), account("new", 5, connected_at=5))
    assert await harness.send_due() == []


async def test_an_account_that_is_connected_again_starts_before_its_row_says_so(harness: Harness) -> None:
    await harness.add_account("g", "invalid", observed_at=100)
    await harness.handle(account("g", 200, connected_at=200))
    assert [request.kind for request in await harness.send_due()] == [SyncKind.DELTA]


async def test_an_account_that_comes_back_is_due_at_once(harness: Harness) -> None:
    await harness.quiet("g")
    await harness.handle(account("g", 10), account("g", 20, status=AccountStatus.INVALID))
    assert await harness.tick() == []
    back = harness.record(account("g", 30))
    await harness.accounts.handle([back])
    (request,) = await harness.tick()
    assert request.kind is SyncKind.DELTA
    await harness.take(harness.finished(request, watermark=1))
    await harness.accounts.handle([back])
    assert await harness.tick() == []


async def test_a_dead_grant_ends_its_delta_and_is_looked_at_again_soon(harness: Harness) -> None:
    await harness.add_account("g")
    (request,) = await harness.tick()
    await harness.take(harness.finished(request, SyncOutcome.GRANT_INVALID))
    assert (await harness.task(request.task_id))["state"] == "done"
    assert await harness.tick() == []
    seconds = await harness.pool.fetchval(
        "SELECT extract(EPOCH FROM next_sync_at - now())::double precision FROM account_schedules"
    )
    assert seconds <= delays.INVALID_RECHECK_SECONDS


async def test_a_purged_account_is_forgotten(harness: Harness) -> None:
    await harness.handle(account("g/1", 10, connected_at=10))
    tombstone = Record(ACCOUNTS.name, 0, 99, b"g%2F1", None, [], 1)
    assert await harness.accounts.handle([tombstone]) == []
    assert await harness.send_due() == []
    await harness.add_account("g/1", fresh=True)
    assert await harness.tick() == [], "its row is still there"
    await harness.handle(account("g/1", 2_000, connected_at=2_000))
    await harness.accounts.handle([tombstone])
    assert {request.kind for request in await harness.tick()} == {SyncKind.BACKFILL, SyncKind.DELTA}


async def test_foreign_records_are_parked(harness: Harness) -> None:
    broken = Record(ACCOUNTS.name, 0, 1, b"g", b"{", [("type", b"mail.account.v1")], 0)
    assert [parked.error_class for parked in await harness.accounts.handle([broken])] == [
        ErrorClass.UNREADABLE
    ]
    assert [parked.error_class for parked in await harness.take(account())] == [ErrorClass.UNEXPECTED]
    assert [parked.error_class for parked in await harness.handle(wanted())] == [ErrorClass.UNEXPECTED]


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
async def test_every_event_of_the_schedulers_topics_is_expected(harness: Harness, event: Event) -> None:
    """An event that a handler neither names nor ignores would be parked."""
    handle = {SYNC_EVENTS: harness.take, ACCOUNTS: harness.handle}.get(event.topic)
    if handle is not None:
        assert ErrorClass.UNEXPECTED not in {parked.error_class for parked in await handle(event)}


async def test_the_freshness_of_all_accounts_but_paused_and_removed_ones_is_measured(
    harness: Harness,
) -> None:
    for grant, status, seconds in (
        ("a", "active", 30),
        ("b", "active", 400),
        ("c", "invalid", 10 * DAY_SECONDS),
        ("d", "paused", 10 * DAY_SECONDS),
        ("e", "active", None),
    ):
        await harness.add_account(grant)
        await harness.pool.execute(
            "UPDATE email_accounts SET status = $2, connected_at = NULL,"
            " last_delta_at = now() - make_interval(secs => $3) WHERE nylas_grant_id = $1",
            grant,
            status,
            seconds,
        )
    await harness.tick()
    name = "mailtide_scheduler_account_freshness_seconds"
    served = generate_latest().decode()
    bounds = {"60.0": 1, "300.0": 1, "900.0": 2, "604800.0": 2, "+Inf": 3}
    for bound, accounts in bounds.items():
        assert f'{name}_bucket{{le="{bound}"}} {accounts}.0\n' in served
    assert re.search(rf"^# TYPE {name} histogram$", served, re.MULTILINE)
