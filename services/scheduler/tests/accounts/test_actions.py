"""Decisions of operators, connects and observations of accounts, on a real Postgres."""

import asyncio
from dataclasses import replace
from itertools import permutations
from uuid import UUID

import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    AccountUser,
    AlertKind,
    SyncKind,
    SyncOutcome,
    connected_users,
)
from mailtide_common.contracts.times import of_datetime
from mailtide_common.contracts.topics import ACCOUNTS
from mailtide_common.contracts.versions import Source
from mailtide_common.runtime.errors import TransientError
from mailtide_devkit.local.waiting import until
from mailtide_harness.publisher import AWAY
from mailtide_harness.scheduler import WATERMARK, Harness, account, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.accounts.state import AccountTrigger
from mailtide_scheduler.errors import RefusedError, UnknownAccountError, UnknownUserError
from mailtide_scheduler.tasks.store import lock_schedules

LATER = 4_000_000_000_000_000
WIDEST = 30 * 86_400


async def status_said(harness: Harness) -> list[AccountStatus]:
    return [event.status for event in harness.publisher.taken() if isinstance(event, Account)]


async def test_a_paused_account_is_left_alone_and_resume_lists_the_gap(harness: Harness) -> None:
    account_id = await harness.add_account("g")
    assert await harness.control.decide(account_id, AccountTrigger.PAUSE) is AccountStatus.PAUSED
    assert await status_said(harness) == [AccountStatus.PAUSED]
    await harness.take(wanted("g"))
    await harness.runs.start_or_join_cron()
    assert await harness.tick() == [], "also before the row says so"
    await harness.pool.execute("UPDATE email_accounts SET status = 'paused', observed_at = 2")
    await harness.pool.execute("UPDATE sync_tasks SET due_at = now() - interval '1 hour'")
    assert await harness.tick() == []
    assert await harness.pool.fetchval("SELECT count(*) FROM sync_tasks WHERE due_at = 'infinity'") > 0
    assert await harness.control.decide(account_id, AccountTrigger.RESUME) is AccountStatus.ACTIVE
    requests = await harness.tick()
    delta = next(request for request in requests if request.kind is SyncKind.DELTA)
    assert delta.since == WATERMARK - limits.OVERLAP_SECONDS
    assert delta.window_seconds == WIDEST
    assert {request.kind for request in requests} == {SyncKind.DELTA, SyncKind.MESSAGE}


async def test_resume_syncs_before_the_row_says_active(harness: Harness) -> None:
    """The persister may write the row late; the delta must not wait for the next interval."""
    account_id = await harness.quiet("g")
    await harness.control.decide(account_id, AccountTrigger.PAUSE)
    await harness.pool.execute("UPDATE email_accounts SET status = 'paused', observed_at = 2")
    await harness.control.decide(account_id, AccountTrigger.RESUME)
    assert [request.kind for request in await harness.tick()] == [SyncKind.DELTA]


async def test_asking_twice_is_harmless_and_nonsense_is_refused(harness: Harness) -> None:
    account_id = await harness.add_account("g", "invalid")
    with pytest.raises(RefusedError):
        await harness.control.decide(account_id, AccountTrigger.RESUME)
    with pytest.raises(UnknownAccountError):
        await harness.control.decide(UUID(int=1), AccountTrigger.PAUSE)
    for _ in range(2):
        assert await harness.control.decide(account_id, AccountTrigger.REMOVE) is AccountStatus.REMOVED


async def test_what_kafka_does_not_take_is_not_decided(harness: Harness) -> None:
    account_id = await harness.add_account("g")
    harness.publisher.error = AWAY
    with pytest.raises(TransientError):
        await harness.control.decide(account_id, AccountTrigger.PAUSE)
    harness.publisher.error = None
    assert len(await harness.tick()) == 1


async def test_an_observation_does_not_undo_a_decision(harness: Harness) -> None:
    """INV-25."""
    account_id = await harness.add_account("g")
    await harness.control.decide(account_id, AccountTrigger.PAUSE)
    await harness.handle(account("g", LATER, source=Source.API))
    await harness.pool.execute("UPDATE email_accounts SET status = 'active', observed_at = $1", LATER)
    harness.publisher.taken()
    await harness.control.reassert()
    (said,) = harness.publisher.taken()
    assert (said.status, said.version.observed_at) == (AccountStatus.PAUSED, LATER + 1)
    assert await harness.tick() == []
    await harness.handle(account("g", LATER + 2, connected_at=LATER + 2))
    assert [request.kind for request in await harness.tick()] == [SyncKind.DELTA]


async def test_a_purge_waits_for_what_workers_have(harness: Harness) -> None:
    account_id = await harness.add_account("g")
    (delta,) = await harness.tick()
    await harness.take(wanted("g"))
    await harness.control.decide(account_id, AccountTrigger.REMOVE, purge=True)
    assert await harness.tick() == []
    await harness.take(harness.finished(delta, watermark=1))
    (purge,) = await harness.tick()
    assert purge.kind is SyncKind.PURGE
    await harness.take(harness.finished(purge, SyncOutcome.FAILED, error="boom"))
    await harness.schedule_now()
    (purge,) = await harness.send_due()
    assert await harness.accounts.handle([Record(ACCOUNTS.name, 0, 99, b"g", None, [], 1)]) == []
    await harness.take(harness.finished(purge))
    assert await harness.tick() == []


async def test_a_purge_is_requested_after_a_connect_of_an_ingress_whose_clock_is_ahead(
    harness: Harness,
) -> None:
    account_id = await harness.add_account("g")
    connected_at = await harness.pool.fetchval(
        "UPDATE email_accounts SET connected_at = now() + interval '3 seconds' RETURNING connected_at"
    )
    await harness.control.decide(account_id, AccountTrigger.REMOVE, purge=True)
    (purge,) = await harness.tick()
    assert purge.requested_at is not None
    assert purge.requested_at > of_datetime(connected_at)


async def test_connecting_again_drops_a_purge_that_has_not_begun(harness: Harness) -> None:
    account_id = await harness.add_account("g")
    await harness.control.decide(account_id, AccountTrigger.REMOVE, purge=True)
    await harness.handle(account("g", LATER, connected_at=LATER))
    assert [request.kind for request in await harness.tick()] == [SyncKind.DELTA]


async def test_removing_ends_what_waits_and_a_run_says_so(harness: Harness) -> None:
    account_id = await harness.quiet("g")
    run_id = await harness.runs.start_or_join_cron()
    await harness.control.decide(account_id, AccountTrigger.REMOVE)
    await harness.tick()
    (line,) = (await harness.runs.report(run_id)).details
    assert line.status == "skipped"


async def test_a_dead_grant_is_told_once_and_the_gap_is_listed_when_it_is_back(harness: Harness) -> None:
    await harness.add_account("g")
    await harness.pool.execute(
        "UPDATE account_schedules SET medium_window_at = now(), long_window_at = now()"
    )
    (request,) = await harness.tick()
    await harness.take(harness.finished(request, SyncOutcome.GRANT_INVALID))
    dead = harness.record(account("g", 20, status=AccountStatus.INVALID, source=Source.API))
    await harness.accounts.handle([dead, dead])
    await harness.pool.execute("UPDATE email_accounts SET status = 'invalid', observed_at = 20")
    await harness.handle(account("g", 25, status=AccountStatus.INVALID, source=Source.API))
    told = await harness.alerts() + await harness.second().alerts()
    assert [(alert.kind, alert.subject, alert.at) for alert in told] == [(AlertKind.GRANT_INVALID, "g", 20)]
    await harness.handle(account("g", 30, source=Source.API))
    await harness.accounts.handle([dead])
    assert await harness.alerts() == []
    (delta,) = await harness.tick()
    assert (delta.since, delta.window_seconds) == (WATERMARK - limits.OVERLAP_SECONDS, WIDEST)
    await harness.handle(account("g", 40, status=AccountStatus.INVALID, source=Source.API))
    assert [alert.at for alert in await harness.alerts()] == [40]


async def test_one_notice_whatever_the_order(harness: Harness) -> None:
    events = [
        account(status=AccountStatus.INVALID, observed_at=20, source=Source.API),
        account(observed_at=30, source=Source.API),
        account(observed_at=10),
    ]
    for n, order in enumerate(permutations(events)):
        await harness.handle(*[event.model_copy(update={"grant_id": f"g{n}"}) for event in order])
    told = [alert.subject for alert in await harness.alerts()]
    assert len(told) == len(set(told))
    assert await harness.pool.fetchval("SELECT count(*) FROM incidents WHERE ended_at IS NULL") == 0


async def test_a_dead_grant_is_asked_about_now_and_then(harness: Harness) -> None:
    await harness.add_account("g", "invalid")
    assert await harness.tick() == []
    await harness.pool.execute("UPDATE account_schedules SET recheck_at = now()")
    assert [request.kind for request in await harness.tick()] == [SyncKind.ACCOUNT]
    assert await harness.tick() == []


async def test_another_grant_of_the_same_address_takes_over(harness: Harness) -> None:
    old = await harness.add_account("old", "invalid", email="Ann@example.com")
    await harness.add_account("other", email="bob@example.com")
    connected = account("new", 50, connected_at=50, email_address="ann@example.com", provider="google")
    record = harness.record(connected)
    await harness.accounts.handle([record, record])
    said = [event for event in harness.publisher.taken() if isinstance(event, Account)]
    assert [(event.grant_id, event.status) for event in said] == [("old", AccountStatus.REMOVED)]
    assert (
        await harness.pool.fetchval("SELECT decision FROM account_schedules WHERE grant_id = 'old'")
        == "removed"
    )
    assert old
    await harness.add_account_row("new")
    assert {request.grant_id for request in await harness.tick()} == {"new", "other"}


async def test_a_repeat_of_an_old_connect_takes_over_nothing(harness: Harness) -> None:
    await harness.add_account("newer", email="ann@example.com")
    await harness.pool.execute("UPDATE email_accounts SET connected_at = now()")
    await harness.handle(account("older", 50, connected_at=50, email_address="ann@example.com"))
    assert await status_said(harness) == []


async def test_mail_that_came_after_a_purge_is_buried_and_nothing_else_is_done(harness: Harness) -> None:
    await harness.take(wanted("g", "late", kind=SyncKind.PURGE))
    await harness.pool.execute("UPDATE account_schedules SET decision = 'removed', decided_at = 50")
    (request,) = await harness.tick()
    assert (request.kind, request.grant_id, request.message_id) == (SyncKind.PURGE, "g", "late")
    await harness.take(harness.finished(request), wanted("g", "late", kind=SyncKind.PURGE))
    await harness.handle(account("g", 99, connected_at=99))
    assert SyncKind.PURGE not in {request.kind for request in await harness.tick()}, "it was connected again"


def users(*names: str) -> tuple[AccountUser, ...]:
    return tuple(AccountUser(user_id=n, connected_at=i, changed_at=i) for i, n in enumerate(names))


async def known_users(harness: Harness, account_id: UUID, *names: str) -> None:
    for each in users(*names):
        await harness.pool.execute(
            "INSERT INTO account_users VALUES ($1, $2, $3, $4, false)",
            account_id,
            each.user_id,
            each.connected_at,
            each.changed_at,
        )


async def test_removing_one_user_keeps_the_account_while_another_holds_it(harness: Harness) -> None:
    account_id = await harness.add_account("g")
    await known_users(harness, account_id, "a")
    await harness.publisher.publish(account("g", 20, users=users("a", "b"), user_id="a"))
    ended = await harness.control.disconnect(account_id, "a", purge=True)
    assert (ended.status, ended.purge) == (AccountStatus.ACTIVE, False), "the database does not know of b yet"
    last = await harness.publisher.last_account("g")
    assert last is not None
    assert (last.status, last.user_id, connected_users(last.users)) == (AccountStatus.ACTIVE, "b", ["b"])
    again = await harness.control.disconnect(account_id, "a")
    assert again.status is AccountStatus.ACTIVE, "asking twice is harmless"
    with pytest.raises(UnknownUserError, match="this user has not connected the account"):
        await harness.control.disconnect(account_id, "stranger")
    with pytest.raises(UnknownAccountError):
        await harness.control.disconnect(UUID(int=1), "a")
    ended = await harness.control.disconnect(account_id, "b", purge=True)
    assert (ended.status, ended.purge) == (AccountStatus.REMOVED, True)
    last = await harness.publisher.last_account("g")
    assert last is not None
    assert (last.status, connected_users(last.users)) == (AccountStatus.REMOVED, [])
    assert [request.kind for request in await harness.tick()] == [SyncKind.PURGE]


async def test_one_user_of_a_removed_account_cannot_purge_it(harness: Harness) -> None:
    account_id = await harness.add_account("g")
    await known_users(harness, account_id, "a", "b")
    await harness.control.decide(account_id, AccountTrigger.REMOVE)
    ended = await harness.control.disconnect(account_id, "a", purge=True)
    assert (ended.status, ended.purge) == (AccountStatus.REMOVED, False)
    assert await harness.tick() == []


async def test_a_snapshot_that_names_some_users_only_is_followed_by_one_that_names_all(
    harness: Harness,
) -> None:
    account_id = await harness.add_account("g", observed_at=7)
    await known_users(harness, account_id, "a", "b")
    assert await harness.control.reassert() == 0
    await harness.pool.execute("UPDATE email_accounts SET users_told = false")
    assert await harness.control.reassert() == 1
    (said,) = [event for event in harness.publisher.taken() if isinstance(event, Account)]
    assert (said.version.observed_at, said.users) == (8, users("a", "b"))


async def test_an_account_that_is_purged_while_it_is_replaced_stops_nothing(harness: Harness) -> None:
    purged = await harness.add_account("old", email="a@example.com")

    async def waits_for_the_lock() -> bool:
        blocked = (
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(await harness.pool.fetch(blocked))

    connected = account("new", 20, connected_at=20, email_address="A@example.com")
    async with harness.pool.acquire() as connection, connection.transaction():
        await lock_schedules(connection, ["old"])
        replacing = asyncio.create_task(harness.control.supersede(connected))
        await until(waits_for_the_lock, what="the decision waits for the grant's lock")
        await harness.pool.execute("DELETE FROM email_accounts WHERE id = $1", purged)
    assert await replacing == 0
    assert await status_said(harness) == []


async def test_a_parked_record_hides_no_connection_of_the_same_offset(harness: Harness) -> None:
    """A batch may have records of several partitions."""
    await harness.add_account("old", email="a@example.com")
    connected = harness.record(account("new", 20, connected_at=20, email_address="a@example.com"))
    unreadable = replace(connected, partition=connected.partition + 1, value=b"no event")
    (parked,) = await harness.accounts.handle([unreadable, connected])
    assert parked.record == unreadable
    assert await status_said(harness) == [AccountStatus.REMOVED]
