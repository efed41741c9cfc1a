"""Turns, watermarks, slices, and accounts that come and go, on a real Postgres."""

import time

import asyncpg
import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import NEWEST, AccountStatus, SyncKind, SyncOutcome
from mailtide_common.contracts.topics import ACCOUNTS
from mailtide_harness.scheduler import INTERVAL, WATERMARK, Bench, account, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.policy import DAY_SECONDS, NEVER_SECONDS, Policy

pytestmark = pytest.mark.real


async def test_a_delta_lists_from_the_watermark(bench: Bench) -> None:
    await bench.add_account("g")
    (first,) = await bench.tick()
    assert (first.kind, first.since) == (SyncKind.DELTA, WATERMARK - limits.OVERLAP_SECONDS)
    await bench.take(bench.finished(first, watermark=1_700_000_000))
    schedule = await bench.schedule("g")
    assert schedule["watermark"] == 1_700_000_000
    assert await bench.tick() == []
    await bench.pool.execute("UPDATE account_schedules SET next_sync_at = now()")
    (second,) = await bench.tick()
    assert second.since == 1_700_000_000 - limits.OVERLAP_SECONDS


async def test_the_next_turn_is_an_interval_away(bench: Bench) -> None:
    await bench.add_account("g")
    (request,) = await bench.tick()
    await bench.take(bench.finished(request, watermark=1))
    seconds = await bench.pool.fetchval(
        "SELECT extract(EPOCH FROM next_sync_at - now())::double precision FROM account_schedules"
    )
    assert INTERVAL * 0.89 <= seconds <= INTERVAL * 1.1


async def test_without_a_timer_only_what_is_asked_for_is_synced_and_a_timer_takes_over_again(
    pool: asyncpg.Pool,
) -> None:
    bench = Bench(pool, policy=Policy(NEVER_SECONDS, audit_interval=0.0, folder_interval=0.0, proof_after=()))
    await bench.add_account("g")
    (request,) = await bench.tick()
    await bench.take(bench.finished(request, watermark=1))
    assert await next_turn(pool) > 3_000 * DAY_SECONDS
    assert await bench.tick() == []
    await bench.runs.start_or_join_cron()
    (request,) = await bench.tick()
    await bench.take(bench.finished(request, watermark=2))
    assert await next_turn(pool) > 3_000 * DAY_SECONDS
    await Bench(pool, bench.offsets).tick()
    assert await next_turn(pool) <= INTERVAL


async def next_turn(pool: asyncpg.Pool) -> float:
    """Seconds until the only account's next delta."""
    seconds: float = await pool.fetchval(
        "SELECT extract(EPOCH FROM next_sync_at - now())::double precision FROM account_schedules"
    )
    return seconds


async def test_the_watermark_stays_behind_now_and_never_goes_back(bench: Bench) -> None:
    """INV-7."""
    await bench.add_account("g")
    (request,) = await bench.tick()
    await bench.take(bench.finished(request, watermark=9_999_999_999))
    watermark = (await bench.schedule("g"))["watermark"]
    assert watermark == pytest.approx(time.time() - limits.OVERLAP_SECONDS, abs=5)
    await bench.pool.execute("UPDATE account_schedules SET next_sync_at = now()")
    (request,) = await bench.tick()
    await bench.take(bench.finished(request, watermark=5))
    assert (await bench.schedule("g"))["watermark"] == watermark


async def test_slices_follow_each_other_at_once_and_count_once(bench: Bench) -> None:
    await bench.add_account("g")
    (first,) = await bench.tick()
    slice_done = bench.record(bench.progressed(first, until=500, synced=10))
    await bench.events.handle([slice_done, slice_done])
    (second,) = await bench.send_due()
    assert (second.task_id, second.until, second.watermark) == (first.task_id, 500, 1_700_000_000)
    await bench.events.handle([slice_done])
    assert await bench.send_due() == []
    last = bench.record(bench.finished(second, synced_count=5, watermark=1_700_000_000))
    await bench.events.handle([last, last])
    task = await bench.task(first.task_id)
    assert (task["state"], task["synced_count"]) == ("done", 15)


async def test_a_slice_that_is_redone_beside_deletions_counts_once(bench: Bench) -> None:
    """Messages that went meanwhile let the repeat end at an older date; it is the same slice all the same."""
    await bench.add_account("g")
    (first,) = await bench.tick()
    await bench.take(bench.progressed(first, until=500, synced=10, slice_from=NEWEST))
    await bench.take(bench.progressed(first, until=480, synced=10, slice_from=NEWEST))
    (second,) = await bench.send_due()
    assert second.until == 500
    await bench.take(bench.progressed(second, until=300, synced=7, slice_from=500))
    await bench.take(bench.progressed(second, until=290, synced=7, slice_from=500))
    (third,) = await bench.send_due()
    assert third.until == 300
    assert (await bench.task(first.task_id))["synced_count"] == 17


async def test_a_failed_slice_goes_on_where_it_was(bench: Bench) -> None:
    await bench.add_account("g")
    (first,) = await bench.tick()
    await bench.take(bench.progressed(first, until=500, synced=10))
    (second,) = await bench.send_due()
    await bench.take(bench.finished(second, SyncOutcome.FAILED, error="boom"))
    await bench.schedule_now()
    (third,) = await bench.send_due()
    assert (third.until, third.since, third.attempt) == (500, first.since, 2)


async def test_a_delta_waits_for_the_one_that_has_begun(bench: Bench) -> None:
    await bench.add_account("g")
    (first,) = await bench.tick()
    await bench.take(wanted("g", None, kind=SyncKind.DELTA))
    assert await bench.send_due() == []
    await bench.take(bench.progressed(first, until=500, synced=1))
    (slice_two,) = await bench.send_due()
    assert slice_two.task_id == first.task_id
    await bench.take(bench.finished(slice_two, watermark=1_700_000_000))
    (behind,) = await bench.send_due()
    assert behind.task_id != first.task_id
    assert behind.since == 1_700_000_000 - limits.OVERLAP_SECONDS


async def test_a_connected_account_is_due_before_its_row_exists(bench: Bench) -> None:
    record = bench.record(account("new", 10, connected_at=10))
    await bench.accounts.handle([record])
    assert bench.connected
    requests = await bench.send_due()
    assert {(r.grant_id, r.kind) for r in requests} == {("new", SyncKind.DELTA), ("new", SyncKind.BACKFILL)}
    await bench.take(*[bench.finished(request, watermark=1) for request in requests])
    await bench.accounts.handle([record])
    await bench.handle(account("new", 11, connected_at=10), account("new", 5, connected_at=5))
    assert await bench.send_due() == []


async def test_an_account_that_is_connected_again_starts_before_its_row_says_so(bench: Bench) -> None:
    await bench.add_account("g", "invalid", observed_at=100)
    await bench.handle(account("g", 200, connected_at=200))
    assert [request.kind for request in await bench.send_due()] == [SyncKind.DELTA]


async def test_an_account_that_comes_back_is_due_at_once(bench: Bench) -> None:
    await bench.quiet("g")
    await bench.handle(account("g", 10), account("g", 20, status=AccountStatus.INVALID))
    assert await bench.tick() == []
    back = bench.record(account("g", 30))
    await bench.accounts.handle([back])
    (request,) = await bench.tick()
    assert request.kind is SyncKind.DELTA
    await bench.take(bench.finished(request, watermark=1))
    await bench.accounts.handle([back])
    assert await bench.tick() == []


async def test_a_dead_grant_ends_its_delta_and_is_looked_at_again_soon(bench: Bench) -> None:
    await bench.add_account("g")
    (request,) = await bench.tick()
    await bench.take(bench.finished(request, SyncOutcome.GRANT_INVALID))
    assert (await bench.task(request.task_id))["state"] == "done"
    assert await bench.tick() == []
    seconds = await bench.pool.fetchval(
        "SELECT extract(EPOCH FROM next_sync_at - now())::double precision FROM account_schedules"
    )
    assert seconds <= limits.INVALID_RECHECK_SECONDS


async def test_a_purged_account_is_forgotten(bench: Bench) -> None:
    await bench.handle(account("g/1", 10, connected_at=10))
    tombstone = Record(ACCOUNTS.name, 0, 99, b"g%2F1", None, [], 1)
    assert await bench.accounts.handle([tombstone]) == []
    assert await bench.send_due() == []
    await bench.add_account("g/1", fresh=True)
    assert await bench.tick() == [], "its row is still there"
    await bench.handle(account("g/1", 2_000, connected_at=2_000))
    await bench.accounts.handle([tombstone])
    assert {request.kind for request in await bench.tick()} == {SyncKind.BACKFILL, SyncKind.DELTA}


async def test_foreign_records_are_parked(bench: Bench) -> None:
    broken = Record(ACCOUNTS.name, 0, 1, b"g", b"{", [("type", b"mail.account.v1")], 0)
    assert [parked.error_class for parked in await bench.accounts.handle([broken])] == ["Unreadable"]
    assert [parked.error_class for parked in await bench.take(account())] == ["Unexpected"]
    assert [parked.error_class for parked in await bench.handle(wanted())] == ["Unexpected"]
