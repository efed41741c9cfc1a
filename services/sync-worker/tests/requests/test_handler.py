"""Outcomes: Nylas' answer determines what happens next, and every request gets a report."""

import asyncio
import time

import pytest

from mailtide_common.contracts.codec import encode
from mailtide_common.contracts.events import Account, AccountStatus, MessageState, SyncKind, SyncOutcome
from mailtide_harness.publisher import record_of
from mailtide_harness.sync_worker import NewHarness
from mailtide_nylas.transport.circuit import OPEN_SECONDS, PROBE_SECONDS
from mailtide_nylas.transport.limiter import GrantLimiter
from mailtide_sync_worker import limits

BULK = (SyncKind.BACKFILL, SyncKind.AUDIT)


@pytest.mark.parametrize("kind", [SyncKind.DELTA, *BULK, SyncKind.MESSAGE, SyncKind.THREAD])
async def test_both_kinds_of_429_are_throttled_and_the_wait_is_passed_on(
    new_harness: NewHarness, kind: SyncKind
) -> None:
    harness = await new_harness(count=5, days=5)
    fields = {"message_id": harness.newest(1)[0], "thread_id": "t", "since": 1, "window_seconds": 86_400}
    harness.fault("provider_rate_limit", retry_after=7)
    event = await harness.finish(kind, **fields)
    assert (event.outcome, event.retry_after_seconds) == (SyncOutcome.THROTTLED, 7)
    harness.heal()
    event = await harness.finish(kind, **fields)
    assert event.outcome is SyncOutcome.THROTTLED, "inside the Retry-After nobody is asked"
    assert 6 < (event.retry_after_seconds or 0) <= 7


async def test_a_429_without_retry_after_says_so(new_harness: NewHarness) -> None:
    harness = await new_harness(count=5, days=5)
    harness.fault("rate_limit")
    event = await harness.finish(SyncKind.DELTA, since=1)
    assert (event.outcome, event.retry_after_seconds) == (SyncOutcome.THROTTLED, None)


async def test_a_429_while_a_grant_is_confirmed_is_no_failure(new_harness: NewHarness) -> None:
    harness = await new_harness(count=5, days=5)
    harness.fault("unauthorized", path="*/messages")
    harness.fault("rate_limit", path="/v3/grants/*")
    harness.world.faults.clear(2)
    harness.fault("rate_limit", path=f"/v3/grants/{harness.grant.id}")
    event = await harness.finish(SyncKind.DELTA, since=1)
    assert event.outcome is SyncOutcome.THROTTLED


@pytest.mark.parametrize("kind", BULK)
async def test_a_dead_grant_ends_bulk_work_too(new_harness: NewHarness, kind: SyncKind) -> None:
    harness = await new_harness(count=5, days=5)
    harness.world.expire(harness.grant)
    assert (await harness.finish(kind)).outcome is SyncOutcome.GRANT_INVALID


async def test_an_outage_is_no_failure_of_accounts(new_harness: NewHarness) -> None:
    """Once it is noticed, nothing counts as an attempt, and Nylas gets one call per 15 s."""
    harness = await new_harness(count=5, days=5)
    harness.fault("server_error")
    outcomes = []
    for number in range(30):
        request = harness.request(SyncKind.DELTA, since=1).model_copy(update={"grant_id": f"grant-{number}"})
        await harness.worker.work(record_of(request.topic, encode(request, source="test")))
        event = harness.publisher.events[-1]
        outcomes.append((event.outcome, event.retry_after_seconds))
    assert [outcome for outcome, _ in outcomes[:9]] == [SyncOutcome.FAILED] * 9
    assert {outcome for outcome, _ in outcomes[9:]} == {SyncOutcome.THROTTLED}
    assert all(PROBE_SECONDS <= wait <= OPEN_SECONDS for _, wait in outcomes[9:])


async def test_one_grant_never_has_more_than_three_calls_at_once_over_all_lanes(
    new_harness: NewHarness,
) -> None:
    """INV-31."""
    harness = await new_harness(count=400, days=5)
    harness.use_client(limiter=GrantLimiter(limits.GRANT_CONCURRENCY))
    harness.fault("latency", seconds=0.02)
    harness.calls()
    kinds = [SyncKind.DELTA, SyncKind.BACKFILL, SyncKind.AUDIT, SyncKind.THREAD, SyncKind.MESSAGE] * 3
    await asyncio.gather(
        *(harness.slice(kind, since=1, message_id=harness.newest(1)[0], thread_id="t") for kind in kinds)
    )
    assert harness.world.calls.shape()["peak_concurrency"][harness.grant.id] == 3


async def test_one_request_has_one_call_at_a_time(new_harness: NewHarness) -> None:
    """So a grant has at most two calls over all workers: each of the two lanes handles its requests in order."""
    harness = await new_harness(count=1_000, days=30)
    harness.fault("latency", seconds=0.01)
    for kind in (SyncKind.DELTA, *BULK):
        harness.calls()
        await harness.slice(kind, since=int(time.time()) - 300, window_seconds=30 * 86_400)
        assert harness.world.calls.shape()["peak_concurrency"][harness.grant.id] == 1


@pytest.mark.parametrize("kind", [SyncKind.DELTA, *BULK, SyncKind.MESSAGE, SyncKind.THREAD])
async def test_a_valid_grant_without_consent_is_said_to_lack_it(
    new_harness: NewHarness, kind: SyncKind
) -> None:
    harness = await new_harness(count=5, days=5)
    harness.fault("forbidden", path="*/messages*")
    event = await harness.finish(kind, message_id=harness.newest(1)[0], thread_id="t", since=1)
    assert (event.outcome, event.forbidden) == (SyncOutcome.FAILED, True)
    assert (event.error or "").startswith("consent is missing: connect the mailbox again")
    event = await harness.finish(SyncKind.ACCOUNT)
    assert (event.outcome, event.forbidden) == (SyncOutcome.OK, False)


@pytest.mark.parametrize("kind", [SyncKind.DELTA, SyncKind.BACKFILL, SyncKind.AUDIT])
async def test_a_401_while_the_grant_is_valid_is_a_failure_and_ends_no_account(
    new_harness: NewHarness, kind: SyncKind
) -> None:
    harness = await new_harness(count=5, days=5, provider="imap")
    harness.fault("unauthorized", path="*/messages")
    finished = await harness.finish(kind)
    assert finished.outcome is SyncOutcome.FAILED
    assert {account.status for account in harness.of_type(Account)} <= {AccountStatus.ACTIVE}


async def test_a_404_deletes_no_imap_message_that_is_alive(new_harness: NewHarness) -> None:
    harness = await new_harness(count=5, days=5, provider="imap")
    alive = harness.newest(1)[0]
    harness.fault("not_found", path="*/messages/*", remaining=1)
    first = await harness.finish(SyncKind.MESSAGE, message_id=alive, deletion_seen=True)
    assert first.outcome is SyncOutcome.NOT_FOUND
    assert harness.of_type(MessageState) == []
    again = await harness.finish(SyncKind.MESSAGE, message_id=alive, deletion_seen=True, attempt=2)
    assert again.outcome is SyncOutcome.OK
    harness.mailbox.remove(alive)
    after_an_outage = await harness.finish(SyncKind.MESSAGE, message_id=alive, deletion_seen=True, attempt=9)
    assert after_an_outage.outcome is SyncOutcome.NOT_FOUND
    await harness.slice(SyncKind.MESSAGE, message_id=alive, deletion_seen=True, attempt=10, not_found=1)
    assert [event.deleted for event in harness.of_type(MessageState)] == [False, True]
