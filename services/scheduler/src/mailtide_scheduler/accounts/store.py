"""Statements on accounts, one function each; none opens a transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from mailtide_common.contracts.events import Account, AccountStatus, AccountUser, account_of_row
from mailtide_common.contracts.times import BEGINNING, UnixMicros
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.sync_intervals import Windows


@dataclass(frozen=True, slots=True)
class ObservationEffect:
    """The effect of an observation of an account."""

    due: bool
    """The account was connected or works again, and no operator's decision is in force: its mailbox is due at once."""
    ended: bool
    """The account is not active, and this observation is newer than all recorded before."""
    overruled: bool
    """An operator's decision from before the observation is in force and has precedence over it."""


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account's row, and the operator's decision about it."""

    id: UUID
    snapshot: Account
    """The account as stored in its row."""
    decision: AccountStatus | None
    decided_at: UnixMicros
    """`BEGINNING` without a decision."""

    def naming(self, users: tuple[AccountUser, ...], user_id: str | None) -> "StoredAccount":
        """Return a copy with these users, removed ones included.

        `user_id` is the connected user who connected first; if none is connected, the former one; None: unknown.
        """
        return replace(self, snapshot=self.snapshot.model_copy(update={"users": users, "user_id": user_id}))

    @property
    def status(self) -> AccountStatus:
        """The status in effect: the operator's decision if there is one, else the row's status."""
        return self.decision or self.snapshot.status


async def record_observation(
    connection: Connection,
    grant_id: str,
    observed_at: UnixMicros,
    connected_at: UnixMicros | None,
    *,
    active: bool,
    connect: bool = False,
) -> ObservationEffect:
    """Record an observation of an account in its schedule; return its effect.

    `connect`: a user has just connected the account, which ends an operator's earlier decision. Without a schedule of
    the grant, nothing is recorded. The caller holds the grant's lock.
    """
    row = await connection.fetchrow(
        sql(__package__, "record_observation"), grant_id, observed_at, connected_at, active, connect
    )
    if row is None:
        return ObservationEffect(due=False, ended=False, overruled=False)
    return ObservationEffect(
        due=bool(row["due"]),
        ended=bool(row["ended"]),
        overruled=bool(row["overruled"]),
    )


async def delete_schedule(connection: Connection, grant_id: str, written_at: UnixMicros) -> None:
    """Reset the schedule of a purged mailbox, mark it as removed, and delete its open tasks, held deletions and audits.

    Its long ids are deleted too. Nothing changes if the mailbox was connected or active after `written_at`, the time of
    the tombstone.
    """
    await connection.execute(sql(__package__, "delete_schedule"), grant_id, written_at)


async def get_account(connection: Connection, account_id: UUID) -> StoredAccount | None:
    row = await connection.fetchrow(sql(__package__, "get_account"), account_id)
    return None if row is None else _stored(row)


async def list_overruled_accounts(connection: Connection) -> list[StoredAccount]:
    """Return up to `PLAN_BATCH` accounts whose row an observation has changed against an operator's decision."""
    return [
        _stored(row)
        for row in await connection.fetch(sql(__package__, "list_overruled_accounts"), limits.PLAN_BATCH)
    ]


async def list_unpublished_accounts(connection: Connection) -> list[StoredAccount]:
    """Return up to `PLAN_BATCH` accounts whose newest snapshot in Kafka does not name all of their users."""
    return [
        _stored(row)
        for row in await connection.fetch(sql(__package__, "list_unpublished_accounts"), limits.PLAN_BATCH)
    ]


async def list_superseded_accounts(connection: Connection, connected: Account) -> list[UUID]:
    """Return the ids of the accounts that `connected` replaces.

    These have the same address and provider, another grant, and an earlier connection, and are not removed. An unknown
    provider or time of connection matches.
    """
    rows = await connection.fetch(
        sql(__package__, "list_superseded_accounts"),
        connected.grant_id,
        connected.email_address,
        connected.provider,
        connected.connected_at,
    )
    return [row["id"] for row in rows]


async def record_decision(
    connection: Connection, grant_id: str, decision: str | None, decided_at: int
) -> None:
    """Record an operator's decision about an account (`decided_at`: Unix microseconds); None ends it."""
    await connection.execute(sql(__package__, "record_decision"), grant_id, decision, decided_at)


async def schedule_now(connection: Connection, grants: Collection[str]) -> None:
    """Make accounts due at once, for a delta with the widest window, and reset their counts of failures.

    The next checks of their grants, if invalid, are scheduled anew. The caller holds the grants' locks.
    """
    await connection.execute(sql(__package__, "schedule_now"), list(grants))


async def schedule_all_now(connection: Connection, since: UnixMicros, windows: Windows) -> None:
    """Make every account due, because notifications may have been lost since `since`.

    The medium and long windows become due too where a narrower one does not reach back to `since`.
    """
    await connection.execute(sql(__package__, "schedule_all_now"), since, windows.short, windows.medium)


async def cancel_tasks(connection: Connection, grant_id: str) -> None:
    """End the pending tasks of a removed account, except purges.

    An unfinished first backfill starts anew when the account is connected again.
    """
    await connection.execute(sql(__package__, "cancel_tasks"), grant_id)


async def cancel_purges(connection: Connection, grant_id: str) -> None:
    """End the purges of an account that have not begun, because it was connected again."""
    await connection.execute(sql(__package__, "cancel_purges"), grant_id)


async def enqueue_purge(connection: Connection, grant_id: str) -> None:
    """Enqueue the purge of an account, or join one that is waiting."""
    await connection.execute(sql(__package__, "enqueue_purge"), grant_id)


async def resume_tasks(connection: Connection, grants: Collection[str] | None = None) -> None:
    """Requeue up to `SUSPEND_BATCH` suspended tasks: of these grants, or (None) of all accounts that may be called."""
    await connection.execute(
        sql(__package__, "resume_tasks"), None if grants is None else list(grants), limits.SUSPEND_BATCH
    )


async def suspend_tasks(connection: Connection) -> None:
    """Suspend up to `SUSPEND_BATCH` tasks that have been due for `SUSPEND_SECONDS` and whose account may not be called.

    Purges and checks of accounts are not suspended.
    """
    await connection.execute(sql(__package__, "suspend_tasks"), limits.SUSPEND_SECONDS, limits.SUSPEND_BATCH)


def _stored(row: Any) -> StoredAccount:
    decided = row["decision"]
    return StoredAccount(
        row["id"],
        account_of_row(row),
        AccountStatus(decided) if decided is not None else None,
        row["decided_at"] or BEGINNING,
    )


async def count_accounts_by_freshness(
    connection: Connection, bounds: Sequence[float]
) -> tuple[list[int], float]:
    """Return how many accounts are in each range of ages, and the sum of all ages in seconds.

    The age is the time since the newest clean delta or backfill, or else since the connection; paused and removed
    accounts, and those with neither time, are left out.

    Args:
        connection: for reading.
        bounds: upper bounds of the ranges in seconds, ascending; the last range has none.
    """
    rows = await connection.fetch(sql(__package__, "count_accounts_by_freshness"), list(bounds))
    found = {row["range"]: row["accounts"] for row in rows}
    return [found.get(range_, 0) for range_ in range(len(bounds) + 1)], sum(row["seconds"] for row in rows)
