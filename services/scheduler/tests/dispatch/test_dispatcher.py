"""Wishes, claims, leases and reports, on a real Postgres."""

import asyncio
import secrets
from collections import Counter
from uuid import uuid4

import pytest

from mailtide_common.contracts.codec import Record, encode
from mailtide_common.contracts.events import DeletionsHeld, FolderCount, Lane, SyncKind, SyncOutcome
from mailtide_common.contracts.topics import SYNC_EVENTS, SYNC_REQUESTS
from mailtide_harness.scheduler import POLICY, Bench, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.database import transaction
from mailtide_scheduler.tasks.store import claim_tasks

pytestmark = pytest.mark.real


async def test_a_wish_is_sent_at_once_and_once(bench: Bench) -> None:
    assert await bench.take(wanted()) == []
    (request,) = await bench.send_due()
    assert (request.grant_id, request.kind, request.message_id) == ("g", SyncKind.MESSAGE, "m")
    assert request.attempt == 1
    assert await bench.send_due() == []


async def test_equal_wishes_that_wait_merge(bench: Bench) -> None:
    await bench.take(wanted(), wanted(deletion_seen=True), wanted(follow_up=True), wanted(message="m2"))
    requests = await bench.send_due()
    assert Counter((r.message_id, r.follow_up) for r in requests) == Counter(
        [("m", False), ("m", True), ("m2", False)]
    )
    assert {r.deletion_seen for r in requests if r.message_id == "m" and not r.follow_up} == {True}


async def test_a_wish_is_not_merged_with_one_that_was_sent(bench: Bench) -> None:
    await bench.take(wanted())
    (first,) = await bench.send_due()
    await bench.take(wanted())
    (second,) = await bench.send_due()
    assert first.task_id != second.task_id


async def test_a_wish_read_again_changes_nothing(bench: Bench) -> None:
    record = bench.record(wanted())
    await bench.events.handle([record])
    (request,) = await bench.send_due()
    await bench.take(bench.finished(request))
    await bench.events.handle([record])
    assert await bench.send_due() == []


async def test_a_wish_for_later_waits(bench: Bench) -> None:
    await bench.take(wanted(not_before=4_000_000_000_000_000))
    assert await bench.tick() == []
    await bench.schedule_now()
    assert len(await bench.tick()) == 1


async def test_two_schedulers_claim_each_task_once(bench: Bench) -> None:
    """INV-10."""
    await bench.take(*[wanted(f"g{n % 20}", f"m{n}") for n in range(150)])
    await bench.take(*[wanted(f"g{n % 20}", f"m{n}") for n in range(150, 300)])
    other = bench.second()
    rounds = await asyncio.gather(*(each.send_due() for each in (bench, other) * 4))
    sent = Counter(request.task_id for requests in rounds for request in requests)
    assert len(sent) == 300
    assert set(sent.values()) == {1}


async def test_two_schedulers_plan_each_account_once(bench: Bench) -> None:
    for n in range(30):
        await bench.add_account(f"g{n}")
    other = bench.second()
    rounds = await asyncio.gather(*(each.tick() for each in (bench, other)))
    grants = Counter(request.grant_id for requests in rounds for request in requests)
    assert len(grants) == 30
    assert set(grants.values()) == {1}
    assert await bench.tick() == []


async def test_a_lost_task_is_sent_again_with_a_longer_lease(bench: Bench) -> None:
    """INV-10."""
    await bench.take(wanted())
    (first,) = await bench.send_due()
    lease = await _lease_seconds(bench)
    assert await bench.send_due() == []
    await bench.schedule_now()
    (again,) = await bench.send_due()
    assert again.task_id == first.task_id
    assert again.attempt == 2
    await bench.schedule_now()
    await bench.send_due()
    assert lease == pytest.approx(limits.LEASE_SECONDS, abs=2)
    assert await _lease_seconds(bench) == pytest.approx(limits.LEASE_SECONDS * 4, abs=2)


async def test_a_scheduler_that_dies_while_sending_costs_seconds(bench: Bench) -> None:
    await bench.take(wanted())
    async with transaction(bench.pool) as connection:
        (claimed,) = await claim_tasks(connection, POLICY.windows)
    assert await _lease_seconds(bench) <= limits.SENDING_LEASE_SECONDS
    await bench.schedule_now()
    assert [again.task_id for again in await bench.second().send_due()] == [claimed.request.task_id]


async def test_what_kafka_does_not_take_is_sent_soon(bench: Bench) -> None:
    await bench.take(wanted())
    bench.publisher.broken = True
    assert await bench.send_due() == []
    assert await _lease_seconds(bench) <= limits.UNSENT_LEASE_SECONDS
    bench.publisher.broken = False
    await bench.schedule_now()
    assert len(await bench.send_due()) == 1


async def test_a_failed_task_backs_off_and_a_repeated_report_counts_once(bench: Bench) -> None:
    await bench.take(wanted())
    (request,) = await bench.send_due()
    report = bench.record(bench.finished(request, SyncOutcome.FAILED, error="boom"))
    await bench.events.handle([report, report])
    await bench.events.handle([report])
    task = await bench.task(request.task_id)
    assert (task["state"], task["attempts"], task["error"]) == ("pending", 1, "boom")


async def test_a_failed_task_joins_the_wish_that_came_meanwhile(bench: Bench) -> None:
    await bench.take(wanted())
    (first,) = await bench.send_due()
    await bench.take(wanted())
    await bench.take(bench.finished(first, SyncOutcome.FAILED, error="boom"))
    await bench.schedule_now()
    (second,) = await bench.send_due()
    assert second.task_id != first.task_id
    assert second.attempt == 2
    assert (await bench.task(first.task_id))["state"] == "done"


async def test_a_message_that_is_not_there_is_asked_for_four_times(bench: Bench) -> None:
    await bench.take(wanted())
    asked = 0
    while requests := await bench.send_due():
        asked += 1
        await bench.take(bench.finished(requests[0], SyncOutcome.NOT_FOUND))
        await bench.schedule_now()
    assert asked == 4


async def test_throttling_is_no_attempt_and_stops_the_whole_grant(bench: Bench) -> None:
    """INV-32."""
    await bench.take(wanted())
    (request,) = await bench.send_due()
    await bench.take(bench.finished(request, SyncOutcome.THROTTLED, retry_after_seconds=40.0))
    await bench.take(wanted(message="other"), wanted("elsewhere"))
    assert [r.grant_id for r in await bench.send_due()] == ["elsewhere"]
    assert (await bench.task(request.task_id))["attempts"] == 0
    await bench.schedule_now()
    assert {r.message_id for r in await bench.send_due()} == {"m", "other"}


async def test_what_no_column_can_hold_is_parked_alone(bench: Bench) -> None:
    """INV-4."""
    parked = await bench.take(wanted(), wanted("g\x00"), wanted("h"))
    assert len(parked) == 1
    assert {request.grant_id for request in await bench.send_due()} == {"g", "h"}


async def test_ids_of_any_length_are_asked_for_once(bench: Bench) -> None:
    long, other = secrets.token_hex(10_000), secrets.token_hex(10_000)
    wishes = [wanted(message=long), wanted(message=long), wanted(message=other)]
    assert await bench.take(*wishes, wanted(message=None, kind=SyncKind.THREAD, thread_id=long)) == []
    requests = await bench.send_due()
    assert sorted(r.message_id for r in requests if r.message_id) == sorted([long, other])
    assert [r.thread_id for r in requests if r.thread_id] == [long]
    held = DeletionsHeld(task_id=uuid4(), grant_id="g", message_ids=(other,), folder_ids=(long,), at=1)
    assert await bench.take(held) == []
    await bench.pool.execute(
        "UPDATE held_folders SET state = 'approved', decided_at = extract(EPOCH FROM now()) * 1000000"
    )
    assert await bench.take(wanted(message=None, kind=SyncKind.ACCOUNT)) == []
    (request,) = await bench.send_due()
    assert request.approved_folders == (long,)


async def test_a_request_that_no_record_can_hold_ends_its_task_and_holds_up_no_other(bench: Bench) -> None:
    huge = "h" * (SYNC_REQUESTS.max_record_bytes - 500)
    assert await bench.take(wanted(message=huge), wanted(message="m")) == []
    bench.publisher.most_bytes = SYNC_REQUESTS.max_record_bytes - 400
    assert [r.message_id for r in await bench.send_due()] == ["m"]
    states = await bench.pool.fetch("SELECT state FROM sync_tasks WHERE message_id <> 'm'")
    assert [row["state"] for row in states] == ["done"]


async def test_a_report_that_cannot_be_stored_ends_its_task_and_its_run_all_the_same(bench: Bench) -> None:
    """Unreported, the task would be sent again for ever, and the run would never end."""
    account = await bench.quiet("g")
    run_id = await bench.runs.start_manual(account, SyncKind.AUDIT)
    odd = FolderCount(folder_id="nul \x00", in_account=1, missing=1)
    for _ in range(limits.AUDIT_ATTEMPTS):
        (request,) = await bench.send_due()
        assert len(await bench.take(bench.finished(request, folders=(odd,)))) == 1, "it is parked too"
        assert (await bench.task(request.task_id))["outcome"] == "failed"
        await bench.schedule_now()
    assert (await bench.task(request.task_id))["state"] == "done"
    assert await bench.pool.fetchval("SELECT outcome FROM audit_reports") == "failed"
    assert (await bench.runs.cron_report(run_id))["pending"] == 0
    await bench.take(wanted("h", None, kind=SyncKind.BACKFILL))
    (request,) = await bench.send_due()
    assert len(await bench.take(bench.progressed(request, until=2**70, synced=1))) == 1
    assert (await bench.task(request.task_id))["state"] == "pending"


async def test_tasks_of_inactive_accounts_are_held(bench: Bench) -> None:
    await bench.add_account("dead", "invalid")
    await bench.add_account("paused", "paused")
    await bench.take(
        *[wanted(grant) for grant in ("dead", "paused")],
        *[wanted(grant, None, kind=SyncKind.ACCOUNT) for grant in ("dead", "paused")],
    )
    assert [(r.grant_id, r.kind) for r in await bench.tick()] == [("dead", SyncKind.ACCOUNT)]
    await bench.pool.execute("UPDATE email_accounts SET status = 'active'")
    assert len(await bench.send_due()) == 3


async def _lease_seconds(bench: Bench) -> float:
    seconds: float = await bench.pool.fetchval(
        "SELECT extract(EPOCH FROM lease_until - now())::double precision FROM sync_tasks"
    )
    return seconds


@pytest.mark.parametrize(
    "lanes", [(Lane.LIVE, Lane.SYNC), (Lane.SYNC, Lane.LIVE), (Lane.BACKFILL, Lane.LIVE)]
)
async def test_live_mail_stays_live_whoever_else_asks_for_it(bench: Bench, lanes: tuple[Lane, Lane]) -> None:
    await bench.quiet("g")
    await bench.take(*(wanted(lane=lane) for lane in lanes), wanted(message="other", lane=lanes[0]))
    requests = {request.message_id: request for request in await bench.tick()}
    assert (requests["m"].lane, requests["other"].lane) == (Lane.LIVE, lanes[0])


async def test_a_fetch_that_is_tried_again_keeps_its_lane(bench: Bench) -> None:
    await bench.quiet("g")
    await bench.take(wanted(lane=Lane.LIVE))
    (first,) = await bench.tick()
    await bench.take(wanted(lane=Lane.SYNC), bench.finished(first, SyncOutcome.NOT_FOUND))
    await bench.schedule_now()
    (again,) = await bench.tick()
    assert (again.task_id != first.task_id, again.lane) == (True, Lane.LIVE)


async def test_a_request_belongs_to_the_trace_of_its_wish_or_begins_one(bench: Bench) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    encoded = encode(wanted(), source="test", traceparent=trace)
    record = Record(SYNC_EVENTS.name, 0, 7, encoded.key, encoded.value, encoded.headers, 1_000)
    await bench.events.handle([record])
    await bench.take(wanted(), wanted(message="untraced"))
    requests = {request.message_id: request for request in await bench.send_due()}
    traces = [header for header in bench.publisher.traces if header is not None]
    assert len(traces) == 2
    assert trace in traces
    (begun,) = set(traces) - {trace}
    assert begun.split("-")[1] == requests["untraced"].task_id.hex
