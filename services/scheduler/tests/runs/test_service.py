"""Runs are joined, survive their caller, and are reported, on a real Postgres."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from mailtide_common.contracts.events import SyncKind, SyncOutcome, SyncRequested
from mailtide_harness.scheduler import WATERMARK, Harness
from mailtide_scheduler import limits
from mailtide_scheduler.errors import RefusedError, UnknownAccountError


async def start(harness: Harness, *grants: str) -> tuple[UUID, list[SyncRequested]]:
    for grant in grants:
        await harness.quiet(grant)
    return await harness.runs.start_or_join_cron(), await harness.send_due()


async def details(harness: Harness, run_id: UUID) -> dict[str, Any]:
    report = await harness.runs.report(run_id)
    return {line.email.split("@")[0]: line for line in report.details}


async def test_overlapping_calls_join_one_run(harness: Harness) -> None:
    await harness.quiet("g")
    other = harness.second()
    runs = await asyncio.gather(*(each.runs.start_or_join_cron() for each in (harness, other) * 5))
    assert len(set(runs)) == 1
    assert len(await harness.send_due() + await other.send_due()) == 1


async def test_a_run_ends_with_its_last_account_and_counts_each_report_once(harness: Harness) -> None:
    run_id, requests = await start(harness, "a", "b")
    waiting = asyncio.create_task(harness.runs.wait(run_id, 10))
    by_grant = {request.grant_id: request for request in requests}
    assert {request.run_id for request in requests} == {run_id}
    done = harness.record(harness.finished(by_grant["a"], synced_count=7, watermark=1))
    await harness.events.handle([done, done])
    await harness.events.handle([done])
    await harness.send_due()
    assert not await harness.runs.wait(run_id, 0)
    await harness.take(harness.finished(by_grant["b"], watermark=1))
    await harness.send_due()
    assert await waiting
    report = await harness.runs.report(run_id)
    assert (report.success, report.total, report.successful, report.pending) == (True, 2, 2, 0)
    assert (await details(harness, run_id))["a"].synced_count == 7
    assert await harness.runs.start_or_join_cron() != run_id


async def test_a_run_over_no_accounts_ends_at_once(harness: Harness) -> None:
    run_id, _ = await start(harness)
    assert await harness.runs.wait(run_id, 5)


async def test_a_run_tries_a_failing_account_again_and_then_says_so(harness: Harness) -> None:
    run_id, requests = await start(harness, "a")
    for attempt in range(limits.RUN_ATTEMPTS):
        assert (await details(harness, run_id))["a"].status == "pending"
        (request,) = requests
        assert request.attempt == attempt + 1
        await harness.take(harness.finished(request, SyncOutcome.FAILED, error="boom"))
        await harness.schedule_now()
        requests = await harness.send_due()
    report = await harness.runs.report(run_id)
    assert (report.success, report.failed, report.pending) == (False, 1, 0)
    assert report.details[0].error == "boom"
    assert await harness.runs.wait(run_id, 0)
    assert len(requests) == 1, "the task goes on after the run"


async def test_a_run_makes_an_account_due_whatever_its_back_off(harness: Harness) -> None:
    await harness.add_account("a")
    (request,) = await harness.tick()
    await harness.take(harness.progressed(request, until=50, synced=1))
    (request,) = await harness.send_due()
    await harness.take(harness.finished(request, SyncOutcome.FAILED, error="boom"))
    await harness.pool.execute("UPDATE sync_tasks SET due_at = now() + interval '1 hour'")
    assert await harness.send_due() == []
    run_id = await harness.runs.start_or_join_cron()
    (begun,) = await harness.send_due()
    await harness.take(harness.finished(begun, watermark=1))
    (own,) = await harness.send_due()
    assert own.run_id == run_id
    await harness.take(harness.finished(own, watermark=1, synced_count=2))
    assert (await details(harness, run_id))["a"].synced_count == 2


async def test_a_retry_after_is_honoured_and_reported(harness: Harness) -> None:
    run_id, requests = await start(harness, "short", "long")
    by_grant = {request.grant_id: request for request in requests}
    await harness.take(
        harness.finished(by_grant["short"], SyncOutcome.THROTTLED, retry_after_seconds=5.0),
        harness.finished(by_grant["long"], SyncOutcome.THROTTLED, retry_after_seconds=600.0),
    )
    lines = await details(harness, run_id)
    assert lines["short"].status == "pending"
    assert lines["long"].status == "skipped"
    assert lines["long"].error.startswith("throttled: no calls before ")
    assert await harness.send_due() == []
    await harness.pool.execute("UPDATE sync_runs SET status = 'finished'")
    again = await harness.runs.start_or_join_cron()
    assert (await details(harness, again))["long"].status == "skipped"
    assert await harness.send_due() == []


async def test_a_throttled_account_is_reported_with_what_it_has_synced(harness: Harness) -> None:
    run_id, (request,) = await start(harness, "a")
    await harness.take(harness.progressed(request, until=50, synced=3))
    (request,) = await harness.send_due()
    throttled = harness.finished(request, SyncOutcome.THROTTLED, retry_after_seconds=600.0, synced_count=1)
    await harness.take(throttled)
    line = (await details(harness, run_id))["a"]
    assert (line.status, line.synced_count) == ("skipped", 4)


async def test_a_long_manual_run_outlasts_a_short_retry_after(harness: Harness) -> None:
    account_id = await harness.quiet("a")
    run_id = await harness.runs.start_manual(account_id, SyncKind.BACKFILL)
    await harness.pool.execute("UPDATE sync_runs SET started_at = now() - interval '1 hour'")
    for seconds, status in ((5.0, "pending"), (600.0, "skipped")):
        await harness.schedule_now()
        (request,) = await harness.send_due()
        throttled = harness.finished(request, SyncOutcome.THROTTLED, retry_after_seconds=seconds)
        await harness.take(throttled)
        assert (await details(harness, run_id))["a"].status == status


async def test_a_dead_grant_fails_the_run_that_finds_out_and_no_other(harness: Harness) -> None:
    run_id, (request,) = await start(harness, "a")
    await harness.take(harness.finished(request, SyncOutcome.GRANT_INVALID, error="connect it again"))
    await harness.pool.execute("UPDATE email_accounts SET status = 'invalid'")
    await harness.tick()
    line = (await details(harness, run_id))["a"]
    assert (line.email, line.status, line.synced_count) == ("a@example.com", "failed", 0)
    assert line.error == "connect it again"
    next_run = await harness.runs.start_or_join_cron()
    assert next_run != run_id
    assert (await harness.runs.report(next_run)).total == 0


async def test_an_account_that_is_paused_meanwhile_is_skipped(harness: Harness) -> None:
    await harness.quiet("a")
    run_id = await harness.runs.start_or_join_cron()
    await harness.pool.execute("UPDATE email_accounts SET status = 'paused'")
    assert await harness.tick() == []
    line = (await details(harness, run_id))["a"]
    assert (line.status, line.error) == ("skipped", "the account is paused")
    assert await harness.runs.wait(run_id, 0)


async def test_a_paused_account_is_waited_for_until_its_worker_reports_or_is_lost(harness: Harness) -> None:
    run_id, _ = await start(harness, "a")
    await harness.pool.execute("UPDATE email_accounts SET status = 'paused'")
    for lease, status in (("1 minute", "pending"), ("-1 minute", "skipped")):
        await harness.pool.execute("UPDATE sync_tasks SET lease_until = now() + $1::text::interval", lease)
        assert await harness.tick() == []
        assert (await details(harness, run_id))["a"].status == status


async def test_a_cron_run_does_not_wait_for_ever(harness: Harness) -> None:
    run_id, (request,) = await start(harness, "a")
    await harness.take(harness.progressed(request, until=50, synced=9))
    await harness.pool.execute("UPDATE sync_runs SET started_at = now() - interval '1 hour'")
    await harness.tick()
    line = (await details(harness, run_id))["a"]
    assert (line.status, line.synced_count) == ("skipped", 9)
    assert "background" in line.error


async def test_a_flooded_account_does_not_keep_the_others_from_the_next_call(harness: Harness) -> None:
    run_id, requests = await start(harness, "slow", "flooded", "quick")
    flooded, quick = (next(r for r in requests if r.grant_id == grant) for grant in ("flooded", "quick"))
    await harness.take(harness.progressed(flooded, until=50, synced=9), harness.finished(quick))
    await harness.pool.execute("UPDATE sync_runs SET started_at = now() - interval '299 s'")
    await harness.tick()
    lines = await details(harness, run_id)
    assert {grant: line.status for grant, line in lines.items()} == {
        "slow": "pending",
        "flooded": "skipped",
        "quick": "success",
    }


async def test_two_runs_wait_for_one_task(harness: Harness) -> None:
    account_id = await harness.quiet("a")
    cron = await harness.runs.start_or_join_cron()
    manual = await harness.runs.start_manual(account_id)
    (request,) = await harness.send_due()
    await harness.take(harness.finished(request, synced_count=4, watermark=1))
    await harness.send_due()
    for run_id in (cron, manual):
        assert (await details(harness, run_id))["a"].synced_count == 4
        assert await harness.runs.wait(run_id, 0)


async def test_a_full_sync_is_a_backfill(harness: Harness) -> None:
    account_id = await harness.quiet("a")
    await harness.runs.start_manual(account_id)
    (request,) = await harness.send_due()
    assert request.since == WATERMARK - limits.OVERLAP_SECONDS
    await harness.take(harness.finished(request, watermark=1))
    run_id = await harness.runs.start_manual(account_id, SyncKind.BACKFILL)
    (request,) = await harness.send_due()
    assert (request.kind, request.since, request.run_id) == (SyncKind.BACKFILL, None, run_id)


async def test_only_active_accounts_that_exist_can_be_synced(harness: Harness) -> None:
    account_id = await harness.add_account("a", "paused")
    with pytest.raises(RefusedError, match="paused"):
        await harness.runs.start_manual(account_id)
    with pytest.raises(UnknownAccountError):
        await harness.runs.start_manual(UUID(int=1))
    assert await harness.runs.newest(10, None) == []


async def test_a_merged_task_takes_its_runs_along(harness: Harness) -> None:
    cron, (first,) = await start(harness, "a")
    manual = await harness.runs.start_manual(await _account_id(harness))
    assert await harness.send_due() == []
    await harness.take(harness.finished(first, SyncOutcome.FAILED, error="boom"))
    await harness.schedule_now()
    (second,) = await harness.send_due()
    assert second.task_id != first.task_id
    await harness.take(harness.finished(second, watermark=1))
    await harness.send_due()
    for run_id in (cron, manual):
        assert (await details(harness, run_id))["a"].status == "success"


async def _account_id(harness: Harness) -> UUID:
    account_id: UUID = await harness.pool.fetchval("SELECT id FROM email_accounts")
    return account_id
