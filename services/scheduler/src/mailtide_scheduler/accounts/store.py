"""Statements on accounts, one function each. None of them opens a transaction."""

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
    """The effect of an observation of an account.

    Attributes:
        due: the account was connected or works again, and no operator's decision is in force. Its mailbox is
            due now.
        ended: the account is not active, and this observation is newer than all that were recorded before.
        overruled: an operator's decision that is older than the observation stays in force.
    """

    due: bool
    ended: bool
    overruled: bool


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """An account's row, and the operator's decision about it."""

    id: UUID
    snapshot: Account
    """The account as stored in its row."""
    decision: AccountStatus | None
    decided_at: UnixMicros
    """`BEGINNING` if there is no decision."""

    def naming(self, users: tuple[AccountUser, ...], user_id: str | None) -> "StoredAccount":
        """Return a copy with other users.

        Args:
            users: all users, removed ones included.
            user_id: of the users who are still connected, the one who connected earliest; without one, the
                previous value; None: unknown.
        """
        return replace(self, snapshot=self.snapshot.model_copy(update={"users": users, "user_id": user_id}))

    @property
    def status(self) -> AccountStatus:
        """The operator's decision if there is one, else the status in the account's row."""
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
    """Record an observation of an account, or an operator's decision, in its schedule; return the effect.

    Nothing is recorded if the grant has no schedule. The caller holds the grant's lock.

    Args:
        connection: in a transaction.
        grant_id: the grant.
        observed_at: when the account was observed, or the time of the decision.
        connected_at: when the account was connected; None: unknown or unchanged.
        active: whether the account was observed as active, or the decision makes it active.
        connect: whether a user has just connected the account, which ends an earlier decision of an operator.
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
    """Reset the schedule of a purged mailbox, and mark it as removed.

    Its open tasks, held deletions, audits and long ids are deleted. Nothing changes if the mailbox was
    connected or active after `written_at`, the time of the tombstone.
    """
    await connection.execute(sql(__package__, "delete_schedule"), grant_id, written_at)


async def get_account(connection: Connection, account_id: UUID) -> StoredAccount | None:
    row = await connection.fetchrow(sql(__package__, "get_account"), account_id)
    return None if row is None else _stored(row)


async def list_overruled_accounts(connection: Connection) -> list[StoredAccount]:
    """Return up to `PLAN_BATCH` accounts whose row was changed against an operator's decision."""
    return [
        _stored(row)
        for row in await connection.fetch(sql(__package__, "list_overruled_accounts"), limits.PLAN_BATCH)
    ]


async def list_unpublished_accounts(connection: Connection) -> list[StoredAccount]:
    """Return up to `PLAN_BATCH` accounts whose newest snapshot in Kafka lacks some of their users."""
    return [
        _stored(row)
        for row in await connection.fetch(sql(__package__, "list_unpublished_accounts"), limits.PLAN_BATCH)
    ]


async def list_superseded_accounts(connection: Connection, connected: Account) -> list[UUID]:
    """Return the ids of the accounts that `connected` replaces.

    They have the same address and provider, but another grant and an earlier connection. An unknown provider
    counts as the same, and an unknown time of connection as earlier. Removed accounts are left out.
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
    """Record an operator's decision about an account. If `decision` is None, the earlier decision ends.

    `decided_at` is in Unix microseconds.
    """
    await connection.execute(sql(__package__, "record_decision"), grant_id, decision, decided_at)


async def schedule_now(connection: Connection, grants: Collection[str]) -> None:
    """Make accounts due now, for a delta with the widest window, and reset their counts of failures.

    The back-off of their open deltas and backfills ends. If a grant is invalid, its next check is scheduled
    anew. The caller holds the grants' locks.
    """
    await connection.execute(sql(__package__, "schedule_now"), list(grants))


async def schedule_all_now(connection: Connection, since: UnixMicros, windows: Windows) -> None:
    """Make every account due, because notifications may have been lost since `since`.

    If the short window does not reach back to `since`, the medium window becomes due. If the medium window
    does not, the long window becomes due too.
    """
    await connection.execute(sql(__package__, "schedule_all_now"), since, windows.short, windows.medium)


async def cancel_tasks(connection: Connection, grant_id: str) -> None:
    """End the pending tasks of a removed account, except purges.

    An unfinished first backfill starts anew when the account is connected again.
    """
    await connection.execute(sql(__package__, "cancel_tasks"), grant_id)


async def cancel_purges(connection: Connection, grant_id: str) -> None:
    """End the waiting purges of an account, because it was connected again. Leased purges stay."""
    await connection.execute(sql(__package__, "cancel_purges"), grant_id)


async def enqueue_purge(connection: Connection, grant_id: str) -> None:
    """Enqueue the purge of an account, or join one that is waiting."""
    await connection.execute(sql(__package__, "enqueue_purge"), grant_id)


async def resume_tasks(connection: Connection, grants: Collection[str] | None = None) -> None:
    """Requeue up to `SUSPEND_BATCH` suspended tasks of `grants`.

    None: of all active accounts, and the checks of invalid grants.
    """
    await connection.execute(
        sql(__package__, "resume_tasks"), None if grants is None else list(grants), limits.SUSPEND_BATCH
    )


async def suspend_tasks(connection: Connection) -> None:
    """Suspend up to `SUSPEND_BATCH` tasks of accounts that are not active.

    Only tasks that have been due for `SUSPEND_SECONDS` are suspended. Purges and checks of invalid grants are
    not.
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

    An account's age is the time since its newest clean delta or backfill, or since its connection if there
    was none. Paused and removed accounts are left out, and so are accounts without an age.

    Args:
        connection: for reading.
        bounds: upper bounds of the ranges in seconds, ascending. A last range without an upper bound is
            added.
    """
    rows = await connection.fetch(sql(__package__, "count_accounts_by_freshness"), list(bounds))
    found = {row["range"]: row["accounts"] for row in rows}
    return [found.get(range_, 0) for range_ in range(len(bounds) + 1)], sum(row["seconds"] for row in rows)
