"""Statements on the mail tables, one function each, and transactions for them.

The package `rows` makes the rows. Callers pass each object only once, except a dead letter.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from mailtide_common.contracts.events import AccountStatus
from mailtide_common.contracts.times import UnixMicros, of_datetime
from mailtide_common.contracts.topics import DEAD_LETTERS
from mailtide_common.contracts.versions import VersionKey
from mailtide_common.runtime import postgres, postgres_errors
from mailtide_common.runtime.sql import load_sql
from mailtide_persister.limits import ACQUIRE_SECONDS, IDLE_IN_TRANSACTION_MS, PRUNE_ROWS
from mailtide_persister.rows.columns import ATTACHMENT_COLUMNS, MESSAGE_COLUMNS
from mailtide_persister.rows.rows import Row, account_uuid, moment_us
from mailtide_persister.rows.text import clean

Connection: TypeAlias = postgres_errors.Connection
"""A connection with an open transaction. Only `get_revision` does not need the transaction."""

BEGIN = f"BEGIN; SET LOCAL idle_in_transaction_session_timeout = {IDLE_IN_TRANSACTION_MS};"
"""Begins a transaction. If the process freezes, Postgres ends the session, which may hold locks."""

PLANS = "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; SET LOCAL jit = off;"
"""Makes plans use indexes. A plan that was made for an empty table would scan it after it has grown."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """The stored parts of a message, before a batch is written."""

    thread_id: UUID | None
    content: VersionKey | None
    content_hash: str | None
    filled: frozenset[str]
    """The names of the parts of the content that are not empty."""
    state: VersionKey | None
    is_read: bool
    is_starred: bool
    folders: tuple[str, ...]
    deleted: bool
    withheld: bool = False
    """Whether the message has no row in `emails`, because its content has not arrived or cannot be stored."""


@dataclass(frozen=True, slots=True)
class StoredMessages:
    """What is stored for a batch before it is written. Accounts that have no row are `missing`."""

    of: dict[UUID, StoredMessage]
    missing: frozenset[UUID]
    purged: frozenset[UUID]


def transaction(pool: asyncpg.Pool) -> AbstractAsyncContextManager[Connection]:
    """Provide a connection of the pool with an open transaction; roll it back if the block raises.

    Raises:
        TransientError: Postgres is unavailable or busy, or the connection was lost.
        ConfigurationError: as `postgres.connected`.
    """
    return _begun(pool, BEGIN)


def locked(pool: asyncpg.Pool, accounts: Iterable[UUID]) -> AbstractAsyncContextManager[Connection]:
    """Provide a transaction as `transaction` does, which holds the write locks of accounts.

    The locks exclude a process that was frozen and has lost its partitions.

    `BEGIN` and the locks are sent in one message. Each statement in a message has its own snapshot. So later
    statements see what the previous holder of a lock committed.

    Raises:
        TransientError: as `transaction`, or a lock was not free in time.
        ConfigurationError: as `transaction`.
    """
    # Sorted, so that two transactions cannot wait for each other.
    keys = sorted(int.from_bytes(account.bytes[:8], signed=True) for account in accounts)
    locks = "".join(f"SELECT pg_advisory_xact_lock({key}); " for key in keys)
    return _begun(pool, f"{BEGIN} {PLANS} {locks}")


@asynccontextmanager
async def _begun(pool: asyncpg.Pool, begin: str) -> AsyncIterator[Connection]:
    async with postgres.connected(pool, acquire_seconds=ACQUIRE_SECONDS) as connection:
        try:
            await connection.execute(begin)
            yield connection
        except BaseException:
            if not connection.is_closed():
                await connection.execute("ROLLBACK")
            raise
        await connection.execute("COMMIT")


def locked_grants(pool: asyncpg.Pool, grants: Iterable[str]) -> AbstractAsyncContextManager[Connection]:
    """Provide a transaction as `locked` does, for the accounts of grants."""
    return locked(pool, [account_uuid(grant) for grant in grants])


async def insert_missing_accounts(
    connection: Connection, grants: Collection[str], provisional: AccountStatus
) -> set[str]:
    """Insert rows for accounts that have none, and return the grants of purged accounts.

    A purged account gets no row. `provisional` is the status of the new rows.
    """
    names = {clean(grant): grant for grant in grants}
    ids = [account_uuid(grant) for grant in names.values()]
    purged = await connection.fetch(_sql("insert_missing_accounts"), ids, list(names), provisional.value)
    return {names[row["nylas_grant_id"]] for row in purged}


async def list_stored_messages(
    connection: Connection, ids: Collection[UUID], accounts: Collection[UUID]
) -> StoredMessages:
    """Return what is stored of messages, and which accounts have no row or are purged."""
    rows = await connection.fetch(_sql("list_stored_messages"), list(ids), list(accounts))
    return StoredMessages(
        {row["id"]: _stored_message(row) for row in rows if row["id"] is not None},
        missing=frozenset(rows[0]["missing"] or ()),
        purged=frozenset(rows[0]["purged"] or ()),
    )


async def upsert_messages(
    connection: Connection,
    rows: Sequence[Row],
    attachments: Sequence[Row] = (),
    *,
    purged: Collection[UUID] = (),
) -> None:
    """Store the newer parts of messages, purge messages, and update the affected threads.

    A message that is purged, or whose content is among the rows, is also deleted from `withheld_messages`.

    Args:
        connection: in a transaction that holds the locks of the accounts (see `locked`).
        rows: from `message_row`. A row without content needs a stored row in `emails`.
        attachments: from `attachment_rows`, for every content among the rows.
        purged: ids of messages to delete; none of them is among the rows.
    """
    columns = _columns(rows, MESSAGE_COLUMNS)
    await connection.execute(
        _sql("upsert_messages"), *columns, *_columns(attachments, ATTACHMENT_COLUMNS), list(purged)
    )


async def upsert_withheld_states(connection: Connection, rows: Sequence[Row]) -> None:
    """Store the newer states of messages that have no row in `emails`; `rows` are from `withheld_row`."""
    if rows:
        await connection.execute(_sql("upsert_withheld_states"), *zip(*rows, strict=True))


async def upsert_refused_contents(connection: Connection, rows: Sequence[Row]) -> None:
    """Store the digests of contents that Postgres refused; `rows` are from `refused_row`."""
    await connection.execute(_sql("upsert_refused_contents"), *zip(*rows, strict=True))


async def upsert_folders(connection: Connection, rows: Sequence[Row]) -> int:
    """Store the newer versions of folders, and return how many rows changed."""
    if not rows:
        return 0
    return len(await connection.fetch(_sql("upsert_folders"), *zip(*rows, strict=True)))


async def list_stored_folders(
    connection: Connection, names: Collection[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Return the folders that have a row and are not deleted. `names` are pairs of grant id and folder id."""
    asked = {(account_uuid(grant), clean(folder)): (grant, folder) for grant, folder in names}
    accounts, folders = zip(*asked, strict=True) if asked else ((), ())
    rows = await connection.fetch(_sql("list_stored_folders"), accounts, folders)
    return {asked[row["account_id"], row["nylas_folder_id"]] for row in rows}


async def delete_folders(connection: Connection, ids: Collection[UUID]) -> None:
    await connection.execute(_sql("delete_folders"), list(ids))


async def upsert_account(connection: Connection, row: Row) -> int:
    """Store an account; return 1 if its row changed, else 0.

    A purge ends if `row` shows a later connect. Nothing is stored while the account is purged. A value that
    is None replaces no stored value. A version older than the stored one only fills in missing values.
    """
    return len(await connection.fetch(_sql("upsert_account"), *row))


async def upsert_account_users(connection: Connection, account_id: UUID, users: Sequence[Row]) -> bool:
    """Store newer statements about users, from `user_rows`, if the account has a row; return whether any is new."""
    columns = list(zip(*users, strict=True)) if users else [()] * 4
    return bool(await connection.fetch(_sql("upsert_account_users"), account_id, *columns))


async def update_first_user(
    connection: Connection, account_id: UUID, version: VersionKey, users: Sequence[Row], *, merged: bool
) -> bool:
    """Update `user_id` and `users_told` of an account after a snapshot was applied; return whether any changed.

    `user_id` becomes the user who connected earliest, of those who are not removed. If all are removed, it
    stays. `users_told` shows whether the newest snapshot in Kafka (an `Account` event) names all stored users.

    Args:
        connection: in a transaction.
        account_id: the account.
        version: the version of the applied snapshot.
        users: the snapshot's users, from `user_rows`.
        merged: the result of `upsert_account_users` for these users, which must be called first.
    """
    names, _, changed_at, removed = list(zip(*users, strict=True)) if users else [()] * 4
    rows = await connection.fetch(
        _sql("update_first_user"), account_id, *version, names, changed_at, removed, merged
    )
    return bool(rows)


async def upsert_purges(connection: Connection, purged: Mapping[UUID, UnixMicros]) -> set[UUID]:
    """Mark accounts as purged, and return the marked ones.

    `purged` has the time of each purge. An account that was connected later is not marked.
    """
    times = [moment_us(at) for at in purged.values()]
    rows = await connection.fetch(_sql("upsert_purges"), list(purged), times)
    return {row["account_id"] for row in rows}


async def delete_purges(connection: Connection, lifted: Mapping[UUID, UnixMicros]) -> None:
    """Delete the marks of accounts whose purge is older than their new connect in `lifted`."""
    times = [moment_us(at) for at in lifted.values()]
    await connection.execute(_sql("delete_purges"), list(lifted), times)


async def get_purge_before(connection: Connection, account_id: UUID, at: UnixMicros) -> UnixMicros | None:
    """Return when an account was purged, or None if it is not purged, or was purged at `at` or later."""
    purged_at = await connection.fetchval(_sql("get_purge_before"), account_id, moment_us(at))
    return None if purged_at is None else of_datetime(purged_at)


async def list_unfinished_purges(connection: Connection) -> list[UUID]:
    """Return the purged accounts that still have a row and were not connected again."""
    return [row["id"] for row in await connection.fetch(_sql("list_unfinished_purges"))]


async def list_earlier_purges(connection: Connection) -> dict[str, UnixMicros]:
    """Return the grants that releases before migration 0008 purged, and the times of these purges."""
    rows = await connection.fetch(_sql("list_earlier_purges"))
    return {row["nylas_grant_id"]: of_datetime(row["purged_at"]) for row in rows}


async def delete_earlier_purge(connection: Connection, grant_id: str) -> None:
    """Delete a grant of `list_earlier_purges`, after `upsert_purges` has marked its account."""
    await connection.execute(_sql("delete_earlier_purge"), grant_id)


async def delete_emails(connection: Connection, account_id: UUID, limit: int) -> int:
    """If the account is purged, delete up to `limit` messages and the rows of their threads; return how many."""
    return _count(await connection.execute(_sql("delete_emails"), account_id, limit))


async def delete_account(connection: Connection, account_id: UUID) -> int:
    """If the account is purged, delete it with its users and mail; return 1 if its row was deleted, else 0."""
    return _count(await connection.execute(_sql("delete_account"), account_id))


async def delete_dead_letters(connection: Connection, account_id: UUID) -> None:
    """If the account is purged, delete its dead letters. Its row must still exist."""
    await connection.execute(_sql("delete_dead_letters"), account_id)


async def prune_dead_letters(connection: Connection) -> None:
    """Delete up to `PRUNE_ROWS` dead letters that are older than the retention of `mail.dead-letters.v1`."""
    await connection.execute(_sql("prune_dead_letters"), DEAD_LETTERS.retention_days, PRUNE_ROWS)


async def list_purged(connection: Connection, accounts: Collection[UUID]) -> set[UUID]:
    return {row["account_id"] for row in await connection.fetch(_sql("list_purged"), list(accounts))}


async def record_outcomes(connection: Connection, rows: Sequence[Row]) -> int:
    """Record how deltas and backfills ended; return how many accounts changed."""
    if not rows:
        return 0
    return len(await connection.fetch(_sql("record_outcomes"), *zip(*rows, strict=True)))


async def record_proofs(connection: Connection, rows: Sequence[Row]) -> int:
    """Record proofs, and times before which proofs are void; return how many accounts changed."""
    if not rows:
        return 0
    return len(await connection.fetch(_sql("record_proofs"), *zip(*rows, strict=True)))


async def insert_dead_letters(connection: Connection, rows: Sequence[Row]) -> int:
    """Store dead letters, and return how many of them are new."""
    if not rows:
        return 0
    return len(await connection.fetch(_sql("insert_dead_letters"), *zip(*rows, strict=True)))


async def get_revision(connection: Connection) -> str | None:
    """Return the schema's revision, or None if none is recorded.

    Raises:
        asyncpg.UndefinedTableError: there is no table `mailtide_revision`.
    """
    revision: str | None = await connection.fetchval(_sql("get_revision"))
    return revision


def _columns(rows: Sequence[Row], names: Sequence[str]) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * len(names)


def _count(command_tag: str) -> int:
    """Return the number at the end of a command tag, such as `DELETE 3`."""
    return int(command_tag.rpartition(" ")[2])


def _sql(name: str) -> str:
    return load_sql(__package__, name)


def _stored_message(row: Any) -> StoredMessage:
    return StoredMessage(
        thread_id=row["thread_id"],
        content=_version(row, "content"),
        content_hash=row["content_hash"],
        filled=frozenset(row["filled"]),
        state=_version(row, "state"),
        is_read=row["is_read"],
        is_starred=row["is_starred"],
        folders=tuple(row["folders"]),
        deleted=row["deleted"],
        withheld=row["withheld"],
    )


def _version(row: Any, part: str) -> VersionKey | None:
    observed_at = row[f"{part}_observed_at"]
    if observed_at is None:
        return None
    return VersionKey(observed_at, row[f"{part}_rank"], row[f"{part}_event_id"])
