"""What becomes of accounts when operators, owners and grants say something, on a real Postgres."""

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
from mailtide_common.contracts.topics import ACCOUNTS
from mailtide_common.contracts.versions import Source
from mailtide_common.runtime.errors import TransientError
from mailtide_harness.scheduler import WATERMARK, Bench, account, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.accounts.state import AccountTrigger, RefusedError
from mailtide_scheduler.runs.service import UnknownAccountError

pytestmark = pytest.mark.real

LATER = 4_000_000_000_000_000
WIDEST = 30 * 86_400


async def status_said(bench: Bench) -> list[AccountStatus]:
    return [event.status for event in bench.publisher.taken() if isinstance(event, Account)]


async def test_a_paused_account_is_left_alone_and_resume_lists_the_gap(bench: Bench) -> None:
    account_id = await bench.add_account("g")
    assert await bench.control.decide(account_id, AccountTrigger.PAUSE) is AccountStatus.PAUSED
    assert await status_said(bench) == [AccountStatus.PAUSED]
    await bench.take(wanted("g"))
    await bench.runs.start_or_join_cron()
    assert await bench.tick() == [], "also before the row says so"
    await bench.pool.execute("UPDATE email_accounts SET status = 'paused', observed_at = 2")
    await bench.pool.execute("UPDATE sync_tasks SET due_at = now() - interval '1 hour'")
    assert await bench.tick() == []
    assert await bench.pool.fetchval("SELECT count(*) FROM sync_tasks WHERE due_at = 'infinity'") > 0
    assert await bench.control.decide(account_id, AccountTrigger.RESUME) is AccountStatus.ACTIVE
    requests = await bench.tick()
    delta = next(request for request in requests if request.kind is SyncKind.DELTA)
    assert delta.since == WATERMARK - limits.OVERLAP_SECONDS
    assert delta.window_seconds == WIDEST
    assert {request.kind for request in requests} == {SyncKind.DELTA, SyncKind.MESSAGE}


async def test_asking_twice_is_harmless_and_nonsense_is_refused(bench: Bench) -> None:
    account_id = await bench.add_account("g", "invalid")
    with pytest.raises(RefusedError):
        await bench.control.decide(account_id, AccountTrigger.RESUME)
    with pytest.raises(UnknownAccountError):
        await bench.control.decide(UUID(int=1), AccountTrigger.PAUSE)
    for _ in range(2):
        assert await bench.control.decide(account_id, AccountTrigger.REMOVE) is AccountStatus.REMOVED


async def test_what_kafka_does_not_take_is_not_decided(bench: Bench) -> None:
    account_id = await bench.add_account("g")
    bench.publisher.broken = True
    with pytest.raises(TransientError):
        await bench.control.decide(account_id, AccountTrigger.PAUSE)
    bench.publisher.broken = False
    assert len(await bench.tick()) == 1


async def test_an_observation_does_not_undo_a_decision(bench: Bench) -> None:
    """INV-25."""
    account_id = await bench.add_account("g")
    await bench.control.decide(account_id, AccountTrigger.PAUSE)
    await bench.handle(account("g", LATER, source=Source.API))
    await bench.pool.execute("UPDATE email_accounts SET status = 'active', observed_at = $1", LATER)
    bench.publisher.taken()
    await bench.control.reassert()
    (said,) = bench.publisher.taken()
    assert (said.status, said.version.observed_at) == (AccountStatus.PAUSED, LATER + 1)
    assert await bench.tick() == []
    await bench.handle(account("g", LATER + 2, connected_at=LATER + 2))
    assert [request.kind for request in await bench.tick()] == [SyncKind.DELTA]


async def test_a_purge_waits_for_what_workers_have(bench: Bench) -> None:
    account_id = await bench.add_account("g")
    (delta,) = await bench.tick()
    await bench.take(wanted("g"))
    await bench.control.decide(account_id, AccountTrigger.REMOVE, purge=True)
    assert await bench.tick() == []
    await bench.take(bench.finished(delta, watermark=1))
    (purge,) = await bench.tick()
    assert purge.kind is SyncKind.PURGE
    await bench.take(bench.finished(purge, SyncOutcome.FAILED, error="boom"))
    await bench.schedule_now()
    (purge,) = await bench.send_due()
    assert await bench.accounts.handle([Record(ACCOUNTS.name, 0, 99, b"g", None, [], 1)]) == []
    await bench.take(bench.finished(purge))
    assert await bench.tick() == []


async def test_connecting_again_drops_a_purge_that_has_not_begun(bench: Bench) -> None:
    account_id = await bench.add_account("g")
    await bench.control.decide(account_id, AccountTrigger.REMOVE, purge=True)
    await bench.handle(account("g", LATER, connected_at=LATER))
    assert [request.kind for request in await bench.tick()] == [SyncKind.DELTA]


async def test_removing_ends_what_waits_and_a_run_says_so(bench: Bench) -> None:
    account_id = await bench.quiet("g")
    run_id = await bench.runs.start_or_join_cron()
    await bench.control.decide(account_id, AccountTrigger.REMOVE)
    await bench.tick()
    (line,) = (await bench.runs.cron_report(run_id))["details"]
    assert line["status"] == "skipped"


async def test_a_dead_grant_is_told_once_and_the_gap_is_listed_when_it_is_back(bench: Bench) -> None:
    await bench.add_account("g")
    await bench.pool.execute("UPDATE account_schedules SET medium_window_at = now(), long_window_at = now()")
    (request,) = await bench.tick()
    await bench.take(bench.finished(request, SyncOutcome.GRANT_INVALID))
    dead = bench.record(account("g", 20, status=AccountStatus.INVALID, source=Source.API))
    await bench.accounts.handle([dead, dead])
    await bench.pool.execute("UPDATE email_accounts SET status = 'invalid', observed_at = 20")
    await bench.handle(account("g", 25, status=AccountStatus.INVALID, source=Source.API))
    told = await bench.alerts() + await bench.second().alerts()
    assert [(alert.kind, alert.subject, alert.at) for alert in told] == [(AlertKind.GRANT_INVALID, "g", 20)]
    await bench.handle(account("g", 30, source=Source.API))
    await bench.accounts.handle([dead])
    assert await bench.alerts() == []
    (delta,) = await bench.tick()
    assert (delta.since, delta.window_seconds) == (WATERMARK - limits.OVERLAP_SECONDS, WIDEST)
    await bench.handle(account("g", 40, status=AccountStatus.INVALID, source=Source.API))
    assert [alert.at for alert in await bench.alerts()] == [40]


async def test_one_notice_whatever_the_order(bench: Bench) -> None:
    events = [
        account(status=AccountStatus.INVALID, observed_at=20, source=Source.API),
        account(observed_at=30, source=Source.API),
        account(observed_at=10),
    ]
    for n, order in enumerate(permutations(events)):
        await bench.handle(*[event.model_copy(update={"grant_id": f"g{n}"}) for event in order])
    told = [alert.subject for alert in await bench.alerts()]
    assert len(told) == len(set(told))
    assert await bench.pool.fetchval("SELECT count(*) FROM incidents WHERE ended_at IS NULL") == 0


async def test_a_dead_grant_is_asked_about_now_and_then(bench: Bench) -> None:
    await bench.add_account("g", "invalid")
    assert await bench.tick() == []
    await bench.pool.execute("UPDATE account_schedules SET recheck_at = now()")
    assert [request.kind for request in await bench.tick()] == [SyncKind.ACCOUNT]
    assert await bench.tick() == []


async def test_another_grant_of_the_same_address_takes_over(bench: Bench) -> None:
    old = await bench.add_account("old", "invalid", email="Ann@example.com")
    await bench.add_account("other", email="bob@example.com")
    connected = account("new", 50, connected_at=50, email_address="ann@example.com", provider="google")
    record = bench.record(connected)
    await bench.accounts.handle([record, record])
    said = [event for event in bench.publisher.taken() if isinstance(event, Account)]
    assert [(event.grant_id, event.status) for event in said] == [("old", AccountStatus.REMOVED)]
    assert (
        await bench.pool.fetchval("SELECT decision FROM account_schedules WHERE grant_id = 'old'")
        == "removed"
    )
    assert old
    await bench.add_account_row("new")
    assert {request.grant_id for request in await bench.tick()} == {"new", "other"}


async def test_a_repeat_of_an_old_connect_takes_over_nothing(bench: Bench) -> None:
    await bench.add_account("newer", email="ann@example.com")
    await bench.pool.execute("UPDATE email_accounts SET connected_at = now()")
    await bench.handle(account("older", 50, connected_at=50, email_address="ann@example.com"))
    assert await status_said(bench) == []


async def test_mail_that_came_after_a_purge_is_buried_and_nothing_else_is_done(bench: Bench) -> None:
    await bench.take(wanted("g", "late", kind=SyncKind.PURGE))
    await bench.pool.execute("UPDATE account_schedules SET decision = 'removed', decided_at = 50")
    (request,) = await bench.tick()
    assert (request.kind, request.grant_id, request.message_id) == (SyncKind.PURGE, "g", "late")
    await bench.take(bench.finished(request), wanted("g", "late", kind=SyncKind.PURGE))
    await bench.handle(account("g", 99, connected_at=99))
    assert SyncKind.PURGE not in {request.kind for request in await bench.tick()}, "it was connected again"


def users(*names: str) -> tuple[AccountUser, ...]:
    return tuple(AccountUser(user_id=n, connected_at=i, changed_at=i) for i, n in enumerate(names))


async def known_users(bench: Bench, account_id: UUID, *names: str) -> None:
    for each in users(*names):
        await bench.pool.execute(
            "INSERT INTO account_users VALUES ($1, $2, $3, $4, false)",
            account_id,
            each.user_id,
            each.connected_at,
            each.changed_at,
        )


async def test_removing_one_user_keeps_the_account_while_another_holds_it(bench: Bench) -> None:
    account_id = await bench.add_account("g")
    await known_users(bench, account_id, "a")
    await bench.publisher.publish(account("g", 20, users=users("a", "b"), user_id="a"))
    assert await bench.control.disconnect(account_id, "a", purge=True) is AccountStatus.ACTIVE, (
        "the database does not know of b yet"
    )
    last = await bench.last_account("g")
    assert last is not None
    assert (last.status, last.user_id, connected_users(last.users)) == (AccountStatus.ACTIVE, "b", ["b"])
    assert await bench.control.disconnect(account_id, "a") is AccountStatus.ACTIVE, "asking twice is harmless"
    with pytest.raises(UnknownAccountError):
        await bench.control.disconnect(account_id, "stranger")
    assert await bench.control.disconnect(account_id, "b", purge=True) is AccountStatus.REMOVED
    last = await bench.last_account("g")
    assert last is not None
    assert (last.status, connected_users(last.users)) == (AccountStatus.REMOVED, [])
    assert [request.kind for request in await bench.tick()] == [SyncKind.PURGE]


async def test_a_snapshot_that_names_some_users_only_is_followed_by_one_that_names_all(bench: Bench) -> None:
    account_id = await bench.add_account("g", observed_at=7)
    await known_users(bench, account_id, "a", "b")
    assert await bench.control.reassert() == 0
    await bench.pool.execute("UPDATE email_accounts SET users_told = false")
    assert await bench.control.reassert() == 1
    (said,) = [event for event in bench.publisher.taken() if isinstance(event, Account)]
    assert (said.version.observed_at, said.users) == (8, users("a", "b"))
