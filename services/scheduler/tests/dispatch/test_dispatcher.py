"""Requests, claims, leases and reports, on a real Postgres."""

import asyncio
import secrets
from collections import Counter
from uuid import uuid4

import pytest

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import Record, encode
from mailtide_common.contracts.events import DeletionsHeld, FolderCount, Lane, SyncKind, SyncOutcome
from mailtide_common.contracts.topics import SYNC_EVENTS, SYNC_REQUESTS
from mailtide_common.runtime.clock import now_us
from mailtide_harness.publisher import AWAY
from mailtide_harness.scheduler import INTERVALS, Harness, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.database import transaction
from mailtide_scheduler.tasks import delays
from mailtide_scheduler.tasks.store import claim_tasks, count_open_tasks

LATER = 4_000_000_000_000_000
"""Microseconds since 1970, in the year 2096."""


async def test_a_request_is_sent_at_once_and_once(harness: Harness) -> None:
    assert await harness.take(wanted()) == []
    (request,) = await harness.send_due()
    assert (request.grant_id, request.kind, request.message_id) == ("g", SyncKind.MESSAGE, "m")
    assert request.attempt == 1
    assert await harness.send_due() == []


async def test_equal_requests_that_wait_merge(harness: Harness) -> None:
    await harness.take(wanted(), wanted(deletion_seen=True), wanted(follow_up=True), wanted(message="m2"))
    requests = await harness.send_due()
    assert Counter((r.message_id, r.follow_up) for r in requests) == Counter(
        [("m", False), ("m", True), ("m2", False)]
    )
    assert {r.deletion_seen for r in requests if r.message_id == "m" and not r.follow_up} == {True}


async def test_a_request_is_not_merged_with_one_that_was_sent(harness: Harness) -> None:
    await harness.take(wanted())
    (first,) = await harness.send_due()
    await harness.take(wanted())
    (second,) = await harness.send_due()
    assert first.task_id != second.task_id


async def test_a_request_read_again_changes_nothing(harness: Harness) -> None:
    record = harness.record(wanted())
    await harness.events.handle([record])
    (request,) = await harness.send_due()
    await harness.take(harness.finished(request))
    await harness.events.handle([record])
    assert await harness.send_due() == []


async def test_a_request_for_later_waits(harness: Harness) -> None:
    await harness.take(wanted(not_before=LATER))
    assert await harness.tick() == []
    async with harness.pool.acquire() as connection:
        assert await count_open_tasks(connection) == [(SyncKind.MESSAGE, 1, 0.0)]
    await harness.schedule_now()
    assert len(await harness.tick()) == 1


@pytest.mark.parametrize("times", [(0, LATER), (LATER, 0)])
async def test_a_merged_follow_up_waits_for_both_of_its_requests(
    harness: Harness, times: tuple[int, int]
) -> None:
    """INV-16."""
    await harness.take(*[wanted(not_before=time) for time in times])
    await harness.take(*[wanted(not_before=time, follow_up=True) for time in times])
    assert [request.follow_up for request in await harness.send_due()] == [False]
    await harness.schedule_now()
    assert True in {request.follow_up for request in await harness.send_due()}


async def test_only_a_follow_up_states_a_time_after_the_observations_that_it_decides(
    harness: Harness,
) -> None:
    """INV-16."""
    seen = now_us()
    await harness.take(wanted(not_before=seen, follow_up=True), wanted())
    for request in await harness.send_due():
        assert (request.requested_at or 0) >= seen if request.follow_up else request.requested_at is None


@pytest.mark.fault
async def test_two_schedulers_claim_each_task_once(harness: Harness) -> None:
    """INV-10."""
    await harness.take(*[wanted(f"g{n % 20}", f"m{n}") for n in range(150)])
    await harness.take(*[wanted(f"g{n % 20}", f"m{n}") for n in range(150, 300)])
    other = harness.second()
    rounds = await asyncio.gather(*(each.send_due() for each in (harness, other) * 4))
    sent = Counter(request.task_id for requests in rounds for request in requests)
    assert len(sent) == 300
    assert set(sent.values()) == {1}


async def test_two_schedulers_plan_each_account_once(harness: Harness) -> None:
    for n in range(30):
        await harness.add_account(f"g{n}")
    other = harness.second()
    rounds = await asyncio.gather(*(each.tick() for each in (harness, other)))
    grants = Counter(request.grant_id for requests in rounds for request in requests)
    assert len(grants) == 30
    assert set(grants.values()) == {1}
    assert await harness.tick() == []


@pytest.mark.fault
async def test_a_lost_task_is_sent_again_with_a_longer_lease(harness: Harness) -> None:
    """INV-10."""
    await harness.take(wanted())
    (first,) = await harness.send_due()
    lease = await _lease_seconds(harness)
    assert await harness.send_due() == []
    await harness.schedule_now()
    (again,) = await harness.send_due()
    assert again.task_id == first.task_id
    assert again.attempt == 2
    await harness.schedule_now()
    await harness.send_due()
    assert lease == pytest.approx(limits.LEASE_SECONDS, abs=2)
    assert await _lease_seconds(harness) == pytest.approx(limits.LEASE_SECONDS * 4, abs=2)


@pytest.mark.fault
async def test_a_scheduler_that_dies_while_sending_costs_seconds(harness: Harness) -> None:
    await harness.take(wanted())
    async with transaction(harness.pool) as connection:
        (claimed,) = await claim_tasks(connection, INTERVALS)
    assert await _lease_seconds(harness) <= limits.SENDING_LEASE_SECONDS
    await harness.schedule_now()
    assert [again.task_id for again in await harness.second().send_due()] == [claimed.request.task_id]


@pytest.mark.fault
async def test_what_kafka_does_not_take_is_sent_soon_and_was_no_attempt(harness: Harness) -> None:
    await harness.take(wanted())
    harness.publisher.error = AWAY
    for _ in range(12):
        await harness.schedule_now()
        assert await harness.send_due() == []
    assert await _lease_seconds(harness) <= limits.UNSENT_LEASE_SECONDS
    harness.publisher.error = None
    await harness.schedule_now()
    (request,) = await harness.send_due()
    assert request.attempt == 1
    assert await _lease_seconds(harness) == pytest.approx(limits.LEASE_SECONDS, abs=2)


@pytest.mark.fault
async def test_a_pass_ends_though_kafka_takes_nothing_and_much_is_due(harness: Harness) -> None:
    """A publish fails after 15 s, and its tasks are due again 2 s later: a loop over all that is due has no end."""
    await harness.take(*(wanted(grant=f"g{number}") for number in range(limits.CLAIM_BATCH + 1)))
    harness.publisher.error = AWAY
    assert await harness.send_due() == []
    leased = await harness.pool.fetchval("SELECT count(*) FROM sync_tasks WHERE state = 'leased'")
    assert leased == limits.CLAIM_BATCH


async def test_a_failed_task_backs_off_and_a_repeated_report_counts_once(harness: Harness) -> None:
    await harness.take(wanted())
    (request,) = await harness.send_due()
    report = harness.record(harness.finished(request, SyncOutcome.FAILED, error="boom"))
    await harness.events.handle([report, report])
    await harness.events.handle([report])
    task = await harness.task(request.task_id)
    assert (task["state"], task["attempts"], task["error"]) == ("pending", 1, "boom")


async def test_a_failed_task_joins_the_request_that_came_meanwhile(harness: Harness) -> None:
    await harness.take(wanted())
    (first,) = await harness.send_due()
    await harness.take(wanted())
    await harness.take(harness.finished(first, SyncOutcome.FAILED, error="boom"))
    await harness.schedule_now()
    (second,) = await harness.send_due()
    assert second.task_id != first.task_id
    assert second.attempt == 2
    assert (await harness.task(first.task_id))["state"] == "done"


async def test_a_message_that_is_not_there_is_asked_for_four_times(harness: Harness) -> None:
    await harness.take(wanted())
    asked = 0
    while requests := await harness.send_due():
        asked += 1
        await harness.take(harness.finished(requests[0], SyncOutcome.NOT_FOUND))
        await harness.schedule_now()
    assert asked == 4


@pytest.mark.parametrize("meanwhile", [False, True])
async def test_only_404s_in_a_row_show_that_a_message_is_not_there(harness: Harness, meanwhile: bool) -> None:
    """Also if an equal request, which came while a worker had the task, continues it."""
    await harness.take(wanted())
    outcomes = (
        [SyncOutcome.FAILED] * 4 + [SyncOutcome.NOT_FOUND, SyncOutcome.FAILED] + [SyncOutcome.NOT_FOUND] * 4
    )
    seen = []
    for outcome in outcomes:
        (request,) = await harness.send_due()
        seen.append(request.not_found)
        if meanwhile and len(seen) < len(outcomes):
            await harness.take(wanted())
        await harness.take(harness.finished(request, outcome))
        await harness.schedule_now()
    assert seen == [0, 0, 0, 0, 0, 1, 0, 1, 2, 3]
    assert await harness.send_due() == []


async def test_throttling_is_no_attempt_and_stops_the_whole_grant(harness: Harness) -> None:
    """INV-32."""
    await harness.take(wanted())
    (request,) = await harness.send_due()
    await harness.take(harness.finished(request, SyncOutcome.THROTTLED, retry_after_seconds=40.0))
    await harness.take(wanted(message="other"), wanted("elsewhere"))
    assert [r.grant_id for r in await harness.send_due()] == ["elsewhere"]
    assert (await harness.task(request.task_id))["attempts"] == 0
    await harness.schedule_now()
    assert {r.message_id for r in await harness.send_due()} == {"m", "other"}


async def test_what_no_column_can_hold_is_parked_alone(harness: Harness) -> None:
    """INV-4."""
    parked = await harness.take(wanted(), wanted("g\x00"), wanted("h"))
    assert len(parked) == 1
    assert {request.grant_id for request in await harness.send_due()} == {"g", "h"}


async def test_ids_of_any_length_are_asked_for_once(harness: Harness) -> None:
    long, other = secrets.token_hex(10_000), secrets.token_hex(10_000)
    asked = [wanted(message=long), wanted(message=long), wanted(message=other)]
    assert await harness.take(*asked, wanted(message=None, kind=SyncKind.THREAD, thread_id=long)) == []
    requests = await harness.send_due()
    assert sorted(r.message_id for r in requests if r.message_id) == sorted([long, other])
    assert [r.thread_id for r in requests if r.thread_id] == [long]
    held = DeletionsHeld(task_id=uuid4(), grant_id="g", message_ids=(other,), folder_ids=(long,), at=1)
    assert await harness.take(held) == []
    await harness.pool.execute(
        "UPDATE held_folders SET state = 'approved', decided_at = extract(EPOCH FROM now()) * 1000000"
    )
    assert await harness.take(wanted(message=None, kind=SyncKind.ACCOUNT)) == []
    (request,) = await harness.send_due()
    assert request.approved_folders == (long,)


async def test_a_request_that_no_record_can_hold_ends_its_task_and_holds_up_no_other(
    harness: Harness,
) -> None:
    huge = "h" * (SYNC_REQUESTS.max_record_bytes - 50)
    assert await harness.take(wanted(message=huge), wanted(message="m")) == []
    assert [r.message_id for r in await harness.send_due()] == ["m"]
    states = await harness.pool.fetch("SELECT state FROM sync_tasks WHERE message_id <> 'm'")
    assert [row["state"] for row in states] == ["done"]


async def test_a_report_that_cannot_be_stored_ends_its_task_and_its_run_all_the_same(
    harness: Harness,
) -> None:
    """Without a report the task would be sent again forever, and the run would never end."""
    account = await harness.quiet("g")
    run_id = await harness.runs.start_manual(account, SyncKind.AUDIT)
    odd = FolderCount(folder_id="nul \x00", in_account=1, missing=1)
    for _ in range(delays.AUDIT_ATTEMPTS):
        (request,) = await harness.send_due()
        assert len(await harness.take(harness.finished(request, folders=(odd,)))) == 1, "it is parked too"
        assert (await harness.task(request.task_id))["outcome"] == "failed"
        await harness.schedule_now()
    assert (await harness.task(request.task_id))["state"] == "done"
    assert await harness.pool.fetchval("SELECT outcome FROM audit_reports") == "failed"
    assert (await harness.runs.report(run_id)).pending == 0
    await harness.take(wanted("h", None, kind=SyncKind.BACKFILL))
    (request,) = await harness.send_due()
    assert len(await harness.take(harness.progressed(request, until=2**70, synced=1))) == 1
    assert (await harness.task(request.task_id))["state"] == "pending"


async def test_tasks_of_inactive_accounts_are_held(harness: Harness) -> None:
    await harness.add_account("dead", "invalid")
    await harness.add_account("paused", "paused")
    await harness.take(
        *[wanted(grant) for grant in ("dead", "paused")],
        *[wanted(grant, None, kind=SyncKind.ACCOUNT) for grant in ("dead", "paused")],
    )
    assert [(r.grant_id, r.kind) for r in await harness.tick()] == [("dead", SyncKind.ACCOUNT)]
    await harness.pool.execute("UPDATE email_accounts SET status = 'active'")
    assert len(await harness.send_due()) == 3


async def _lease_seconds(harness: Harness) -> float:
    seconds: float = await harness.pool.fetchval(
        "SELECT extract(EPOCH FROM lease_until - now())::double precision FROM sync_tasks"
    )
    return seconds


@pytest.mark.parametrize(
    "lanes", [(Lane.LIVE, Lane.SYNC), (Lane.SYNC, Lane.LIVE), (Lane.BACKFILL, Lane.LIVE)]
)
async def test_live_mail_stays_live_whoever_else_asks_for_it(
    harness: Harness, lanes: tuple[Lane, Lane]
) -> None:
    await harness.quiet("g")
    await harness.take(*(wanted(lane=lane) for lane in lanes), wanted(message="other", lane=lanes[0]))
    requests = {request.message_id: request for request in await harness.tick()}
    assert (requests["m"].lane, requests["other"].lane) == (Lane.LIVE, lanes[0])


async def test_a_fetch_that_is_tried_again_keeps_its_lane(harness: Harness) -> None:
    await harness.quiet("g")
    await harness.take(wanted(lane=Lane.LIVE))
    (first,) = await harness.tick()
    await harness.take(wanted(lane=Lane.SYNC), harness.finished(first, SyncOutcome.NOT_FOUND))
    await harness.schedule_now()
    (again,) = await harness.tick()
    assert (again.task_id != first.task_id, again.lane) == (True, Lane.LIVE)


async def test_a_request_belongs_to_the_trace_of_what_caused_it_or_begins_one(harness: Harness) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    encoded = encode(wanted(), source="test", cause=Cause(trace))
    record = Record(SYNC_EVENTS.name, 0, 7, encoded.key, encoded.value, encoded.headers, 1_000)
    await harness.events.handle([record])
    await harness.take(wanted(), wanted(message="untraced"))
    requests = {request.message_id: request for request in await harness.send_due()}
    traces = [header for header in harness.publisher.traces if header is not None]
    assert len(traces) == 2
    assert trace in traces
    (begun,) = set(traces) - {trace}
    assert begun.split("-")[1] == requests["untraced"].task_id.hex
