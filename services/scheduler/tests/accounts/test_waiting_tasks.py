"""Tasks that wait while their account may not be called, or after failures, on a real Postgres."""

import pytest

from mailtide_common.contracts.events import SyncKind, SyncOutcome
from mailtide_harness.scheduler import Harness, account, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.accounts.state import AccountTrigger
from mailtide_scheduler.tasks.store import count_open_tasks

LATER = 4_000_000_000_000_000


async def test_a_check_of_a_paused_account_does_not_count_as_late(harness: Harness) -> None:
    account_id = await harness.quiet("g")
    await harness.control.decide(account_id, AccountTrigger.PAUSE)
    await harness.take(wanted("g", None, kind=SyncKind.ACCOUNT, folders_only=True))
    await harness.pool.execute("UPDATE sync_tasks SET due_at = now() - interval '1 hour'")
    assert await harness.tick() == []
    async with harness.pool.acquire() as connection:
        assert await count_open_tasks(connection) == [(SyncKind.ACCOUNT, 1, 0.0)]
    await harness.control.decide(account_id, AccountTrigger.RESUME)
    assert {request.kind for request in await harness.tick()} == {SyncKind.DELTA, SyncKind.ACCOUNT}


async def test_a_purge_does_not_wait_for_ever_for_a_task_that_no_worker_has(harness: Harness) -> None:
    account_id = await harness.add_account("g")
    assert len(await harness.tick()) == 1
    await harness.control.decide(account_id, AccountTrigger.REMOVE, purge=True)
    expired = "UPDATE sync_tasks SET lease_until = now() - make_interval(secs => $1) WHERE kind = 'delta'"
    await harness.pool.execute(expired, limits.MAX_LEASE_SECONDS - 60.0)
    assert await harness.tick() == [], "a slow worker may still write"
    await harness.pool.execute(expired, limits.MAX_LEASE_SECONDS)
    assert [request.kind for request in await harness.tick()] == [SyncKind.PURGE]


async def test_a_backfill_does_not_wait_for_ever_for_a_purge_that_no_worker_has(harness: Harness) -> None:
    account_id = await harness.add_account("g", fresh=True)
    await harness.control.decide(account_id, AccountTrigger.REMOVE, purge=True)
    assert [request.kind for request in await harness.tick()] == [SyncKind.PURGE]
    await harness.handle(account("g", LATER, connected_at=LATER))
    assert [request.kind for request in await harness.tick()] == [SyncKind.DELTA], "the purge may continue"
    expired = "UPDATE sync_tasks SET lease_until = now() - make_interval(secs => $1) WHERE kind = 'purge'"
    await harness.pool.execute(expired, limits.MAX_LEASE_SECONDS)
    assert [request.kind for request in await harness.tick()] == [SyncKind.BACKFILL]


async def test_a_check_of_an_invalid_grant_stays_due(harness: Harness) -> None:
    await harness.add_account("g", "invalid")
    await harness.take(wanted("g", None, kind=SyncKind.ACCOUNT))
    await harness.pool.execute("UPDATE sync_tasks SET due_at = now() - interval '1 hour'")
    assert [request.kind for request in await harness.tick()] == [SyncKind.ACCOUNT]


@pytest.mark.parametrize("begun", [False, True])
async def test_connecting_again_ends_the_back_off_of_begun_syncs(harness: Harness, *, begun: bool) -> None:
    await harness.add_account("g", fresh=True)
    requests = await harness.tick()
    if begun:
        await harness.take(*[harness.progressed(request, until=50, synced=1) for request in requests])
        requests = await harness.send_due()
    for request in requests:
        refused = harness.finished(request, SyncOutcome.FAILED, error="consent is missing", forbidden=True)
        await harness.take(refused)
    assert {request.kind for request in requests} == {SyncKind.DELTA, SyncKind.BACKFILL}
    assert await harness.send_due() == []
    await harness.handle(account("g", LATER, connected_at=LATER))
    assert {request.kind for request in await harness.send_due()} >= {SyncKind.DELTA, SyncKind.BACKFILL}
