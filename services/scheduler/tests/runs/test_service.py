"""Runs: joined, survived, reported, on a real Postgres."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from mailtide_common.contracts.events import SyncKind, SyncOutcome, SyncRequested
from mailtide_harness.scheduler import WATERMARK, Bench
from mailtide_scheduler import limits
from mailtide_scheduler.runs.service import InactiveAccountError, UnknownAccountError

pytestmark = pytest.mark.real


async def start(bench: Bench, *grants: str) -> tuple[UUID, list[SyncRequested]]:
    for grant in grants:
        await bench.quiet(grant)
    return await bench.runs.start_or_join_cron(), await bench.send_due()


async def details(bench: Bench, run_id: UUID) -> dict[str, Any]:
    report = await bench.runs.cron_report(run_id)
    return {line["email"].split("@")[0]: line for line in report["details"]}


async def test_overlapping_calls_join_one_run(bench: Bench) -> None:
    await bench.quiet("g")
    other = bench.second()
    runs = await asyncio.gather(*(each.runs.start_or_join_cron() for each in (bench, other) * 5))
    assert len(set(runs)) == 1
    assert len(await bench.send_due() + await other.send_due()) == 1


async def test_a_run_ends_with_its_last_account_and_counts_each_report_once(bench: Bench) -> None:
    run_id, requests = await start(bench, "a", "b")
    waiting = asyncio.create_task(bench.runs.wait(run_id, 10))
    by_grant = {request.grant_id: request for request in requests}
    assert {request.run_id for request in requests} == {run_id}
    done = bench.record(bench.finished(by_grant["a"], synced_count=7, watermark=1))
    await bench.events.handle([done, done])
    await bench.events.handle([done])
    await bench.send_due()
    assert not await bench.runs.wait(run_id, 0)
    await bench.take(bench.finished(by_grant["b"], watermark=1))
    await bench.send_due()
    assert await waiting
    report = await bench.runs.cron_report(run_id)
    assert (report["success"], report["total"], report["successful"], report["pending"]) == (True, 2, 2, 0)
    assert (await details(bench, run_id))["a"]["syncedCount"] == 7
    assert await bench.runs.start_or_join_cron() != run_id


async def test_a_run_over_no_accounts_ends_at_once(bench: Bench) -> None:
    run_id, _ = await start(bench)
    assert await bench.runs.wait(run_id, 5)


async def test_a_run_tries_a_failing_account_again_and_then_says_so(bench: Bench) -> None:
    run_id, requests = await start(bench, "a")
    for attempt in range(limits.RUN_ATTEMPTS):
        assert (await details(bench, run_id))["a"]["status"] == "pending"
        (request,) = requests
        assert request.attempt == attempt + 1
        await bench.take(bench.finished(request, SyncOutcome.FAILED, error="boom"))
        await bench.schedule_now()
        requests = await bench.send_due()
    report = await bench.runs.cron_report(run_id)
    assert (report["success"], report["failed"], report["pending"]) == (False, 1, 0)
    assert report["details"][0]["error"] == "boom"
    assert await bench.runs.wait(run_id, 0)
    assert len(requests) == 1, "the task goes on after the run"


async def test_a_run_makes_an_account_due_whatever_its_back_off(bench: Bench) -> None:
    await bench.add_account("a")
    (request,) = await bench.tick()
    await bench.take(bench.progressed(request, until=50, synced=1))
    (request,) = await bench.send_due()
    await bench.take(bench.finished(request, SyncOutcome.FAILED, error="boom"))
    await bench.pool.execute("UPDATE sync_tasks SET due_at = now() + interval '1 hour'")
    assert await bench.send_due() == []
    run_id = await bench.runs.start_or_join_cron()
    (begun,) = await bench.send_due()
    await bench.take(bench.finished(begun, watermark=1))
    (own,) = await bench.send_due()
    assert own.run_id == run_id
    await bench.take(bench.finished(own, watermark=1, synced_count=2))
    assert (await details(bench, run_id))["a"]["syncedCount"] == 2


async def test_a_retry_after_is_honoured_and_reported(bench: Bench) -> None:
    run_id, requests = await start(bench, "short", "long")
    by_grant = {request.grant_id: request for request in requests}
    await bench.take(
        bench.finished(by_grant["short"], SyncOutcome.THROTTLED, retry_after_seconds=5.0),
        bench.finished(by_grant["long"], SyncOutcome.THROTTLED, retry_after_seconds=600.0),
    )
    lines = await details(bench, run_id)
    assert lines["short"]["status"] == "pending"
    assert lines["long"]["status"] == "skipped"
    assert lines["long"]["error"].startswith("throttled: no calls before ")
    assert await bench.send_due() == []
    await bench.pool.execute("UPDATE sync_runs SET status = 'finished'")
    again = await bench.runs.start_or_join_cron()
    assert (await details(bench, again))["long"]["status"] == "skipped"
    assert await bench.send_due() == []


async def test_a_dead_grant_fails_the_run_that_finds_out_and_no_other(bench: Bench) -> None:
    run_id, (request,) = await start(bench, "a")
    await bench.take(bench.finished(request, SyncOutcome.GRANT_INVALID, error="connect it again"))
    await bench.pool.execute("UPDATE email_accounts SET status = 'invalid'")
    await bench.tick()
    assert (await details(bench, run_id))["a"] == {
        "email": "a@example.com",
        "status": "failed",
        "syncedCount": 0,
        "error": "connect it again",
    }
    next_run = await bench.runs.start_or_join_cron()
    assert next_run != run_id
    assert (await bench.runs.cron_report(next_run))["total"] == 0


async def test_an_account_that_is_paused_meanwhile_is_skipped(bench: Bench) -> None:
    await bench.quiet("a")
    run_id = await bench.runs.start_or_join_cron()
    await bench.pool.execute("UPDATE email_accounts SET status = 'paused'")
    assert await bench.tick() == []
    line = (await details(bench, run_id))["a"]
    assert (line["status"], line["error"]) == ("skipped", "the account is paused")
    assert await bench.runs.wait(run_id, 0)


async def test_a_cron_run_does_not_wait_for_ever(bench: Bench) -> None:
    run_id, (request,) = await start(bench, "a")
    await bench.take(bench.progressed(request, until=50, synced=9))
    await bench.pool.execute("UPDATE sync_runs SET started_at = now() - interval '1 hour'")
    await bench.tick()
    line = (await details(bench, run_id))["a"]
    assert (line["status"], line["syncedCount"]) == ("skipped", 9)
    assert "background" in line["error"]


async def test_a_flooded_account_does_not_keep_the_others_from_the_next_call(bench: Bench) -> None:
    run_id, requests = await start(bench, "slow", "flooded", "quick")
    flooded, quick = (next(r for r in requests if r.grant_id == grant) for grant in ("flooded", "quick"))
    await bench.take(bench.progressed(flooded, until=50, synced=9), bench.finished(quick))
    await bench.pool.execute("UPDATE sync_runs SET started_at = now() - interval '299 s'")
    await bench.tick()
    lines = await details(bench, run_id)
    assert {grant: line["status"] for grant, line in lines.items()} == {
        "slow": "pending",
        "flooded": "skipped",
        "quick": "success",
    }


async def test_two_runs_wait_for_one_task(bench: Bench) -> None:
    account_id = await bench.quiet("a")
    cron = await bench.runs.start_or_join_cron()
    manual = await bench.runs.start_manual(account_id)
    (request,) = await bench.send_due()
    await bench.take(bench.finished(request, synced_count=4, watermark=1))
    await bench.send_due()
    for run_id in (cron, manual):
        assert (await details(bench, run_id))["a"]["syncedCount"] == 4
        assert await bench.runs.wait(run_id, 0)


async def test_a_full_sync_is_a_backfill(bench: Bench) -> None:
    account_id = await bench.quiet("a")
    await bench.runs.start_manual(account_id)
    (request,) = await bench.send_due()
    assert request.since == WATERMARK - limits.OVERLAP_SECONDS
    await bench.take(bench.finished(request, watermark=1))
    run_id = await bench.runs.start_manual(account_id, SyncKind.BACKFILL)
    (request,) = await bench.send_due()
    assert (request.kind, request.since, request.run_id) == (SyncKind.BACKFILL, None, run_id)


async def test_only_active_accounts_that_exist_can_be_synced(bench: Bench) -> None:
    account_id = await bench.add_account("a", "paused")
    with pytest.raises(InactiveAccountError, match="paused"):
        await bench.runs.start_manual(account_id)
    with pytest.raises(UnknownAccountError):
        await bench.runs.start_manual(UUID(int=1))
    assert await bench.runs.newest(10, None) == []


async def test_a_merged_task_takes_its_runs_along(bench: Bench) -> None:
    cron, (first,) = await start(bench, "a")
    manual = await bench.runs.start_manual(await _account_id(bench))
    assert await bench.send_due() == []
    await bench.take(bench.finished(first, SyncOutcome.FAILED, error="boom"))
    await bench.schedule_now()
    (second,) = await bench.send_due()
    assert second.task_id != first.task_id
    await bench.take(bench.finished(second, watermark=1))
    await bench.send_due()
    for run_id in (cron, manual):
        assert (await details(bench, run_id))["a"]["status"] == "success"


async def _account_id(bench: Bench) -> UUID:
    account_id: UUID = await bench.pool.fetchval("SELECT id FROM email_accounts")
    return account_id
