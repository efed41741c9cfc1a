"""Accounts: snapshots with gaps, and purges."""

from itertools import permutations

import asyncpg
import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import AccountStatus, AccountUser
from mailtide_common.contracts.topics import ACCOUNTS
from mailtide_common.contracts.versions import Source
from mailtide_harness import persister as build
from mailtide_harness.persister import Tables
from mailtide_persister.apply.accounts import AccountApplier
from mailtide_persister.apply.folders import FolderApplier
from mailtide_persister.apply.messages import MessageApplier


@pytest.fixture
def applier(pool: asyncpg.Pool) -> AccountApplier:
    return AccountApplier(pool)


async def test_unknown_values_leave_what_is_known(
    pool: asyncpg.Pool, tables: Tables, applier: AccountApplier
) -> None:
    events = [
        build.account(1, user_id="u", email_address="a@example.com", connected_at=7),
        build.account(2, status=AccountStatus.INVALID, source=Source.API, provider="google"),
        build.account(3, status=AccountStatus.PAUSED, source=Source.CONTROL),
    ]
    images = []
    for order in permutations(events):
        await tables.clear()
        await applier.apply(build.records(*order))
        await applier.apply(build.records(*order))
        images.append(await tables.image())
    assert all(image == images[0] for image in images)
    row = await pool.fetchrow("SELECT status, user_id, email_address, provider FROM email_accounts")
    assert tuple(row) == ("paused", "u", "a@example.com", "google")


async def test_repeats_write_nothing(tables: Tables, applier: AccountApplier) -> None:
    records = build.records(build.account(1, user_id="u"), build.account(2))
    assert (await applier.apply(records)).changed == 2
    written = await tables.writers()
    assert (await applier.apply(records)).changed == 0
    assert await tables.writers() == written


async def test_a_provisional_account_gets_its_event(pool: asyncpg.Pool, applier: AccountApplier) -> None:
    await MessageApplier(pool, None, ambiguity_microseconds=0).apply(build.records(build.content(1)))
    assert await pool.fetchval("SELECT status FROM email_accounts WHERE observed_at IS NULL") == "active"
    await applier.apply(build.records(build.account(1, status=AccountStatus.PAUSED)))
    assert await pool.fetchval("SELECT status FROM email_accounts") == "paused"
    assert await pool.fetchval("SELECT count(*) FROM emails") == 1


async def test_a_tombstone_purges_until_the_account_is_connected_again(
    pool: asyncpg.Pool, applier: AccountApplier
) -> None:
    messages = MessageApplier(pool, None, ambiguity_microseconds=0)
    folders = FolderApplier(pool)
    mail = build.records(build.content(1), build.state(1))
    await applier.apply(build.records(build.account(1)))
    await messages.apply(mail)
    await folders.apply(build.records(build.folder(1)))

    tombstone = build.tombstone("g", ACCOUNTS, at_ms=5)
    assert (await applier.apply([tombstone])).changed == 1
    late = [build.record(build.account(9_000, source=Source.API)), *build.records(build.account(2))]
    assert (await applier.apply(late)).changed == 0
    assert (await messages.apply(mail)).changed == 0
    for table in ("email_accounts", "emails", "email_threads", "email_folders"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608

    await applier.apply(build.records(build.account(9_000)))
    await messages.apply(mail)
    assert await pool.fetchval("SELECT count(*) FROM emails") == 1
    assert (await applier.apply([*build.records(build.account(1)), tombstone])).changed == 0
    assert await pool.fetchval("SELECT count(*) FROM emails") == 1


async def test_what_cannot_be_read_is_parked(applier: AccountApplier) -> None:
    records = [
        Record("mail.accounts.v1", 0, 0, b"g", b"junk", [("type", b"mail.account.v1")], 0),
        Record("mail.accounts.v1", 0, 1, None, None, [], 0),
        build.record(build.state(1), 2),
        build.record(build.account(2**63), 3),
        build.record(build.account(1), 4),
    ]
    applied = await applier.apply(records)
    assert [letter.record.offset for letter in applied.parked] == [0, 1, 2, 3]
    assert applied.changed == 1


def user(name: str, at: int, changed_at: int | None = None, *, removed: bool = False) -> AccountUser:
    return AccountUser(user_id=name, connected_at=at, changed_at=changed_at or at, removed=removed)


async def users(pool: asyncpg.Pool) -> tuple[list[str], str, bool]:
    row = await pool.fetchrow("SELECT user_id, users_told FROM email_accounts")
    rows = await pool.fetch("SELECT user_id FROM email_account_users ORDER BY connected_at, user_id")
    return [each["user_id"] for each in rows], row["user_id"], row["users_told"]


async def test_all_users_of_a_mailbox_see_it_in_whatever_order_it_is_heard(
    pool: asyncpg.Pool, tables: Tables, applier: AccountApplier
) -> None:
    """The second user's event may lack the first one, if both connected at once."""
    first = build.account(1, user_id="a", connected_at=1)
    second = build.account(2, user_id="b", connected_at=2, users=(user("b", 2),))
    third = build.account(3, user_id="a", users=(user("a", 1, 3, removed=True), user("b", 2), user("c", 3)))
    for events, expected in (
        ([first, second], (["a", "b"], "a", False)),
        ([first, second, third], (["b", "c"], "b", True)),
    ):
        images = []
        for order in permutations(events):
            await tables.clear()
            for event in order:
                await applier.apply(build.records(event))
            assert await users(pool) == expected
            images.append(await tables.image())
            assert (await applier.apply(build.records(*order))).changed == 0
        assert all(image == images[0] for image in images)


async def test_a_purge_removes_all_users(pool: asyncpg.Pool, applier: AccountApplier) -> None:
    both = (user("a", 1), user("b", 2))
    await applier.apply(build.records(build.account(2, user_id="a", connected_at=2, users=both)))
    await applier.apply([build.tombstone("g", ACCOUNTS, at_ms=5)])
    assert await pool.fetchval("SELECT count(*) FROM account_users") == 0
