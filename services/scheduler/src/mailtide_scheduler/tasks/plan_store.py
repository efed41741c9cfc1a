"""Statements that schedule, enqueue and prune tasks, one function each.

Each statement is atomic by itself. Only `enqueue_first_backfills` needs a transaction, in which the caller
has locked the grants.
"""

from collections.abc import Collection

from mailtide_common.contracts.times import UnixSeconds
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql

from .delays import spread


async def insert_missing_schedules(connection: Connection) -> None:
    await connection.execute(sql(__package__, "insert_missing_schedules"), limits.PLAN_BATCH)


async def list_accounts_awaiting_backfill(connection: Connection) -> list[str]:
    """Return the grants of up to `PLAN_BATCH` active accounts whose first backfill has not been enqueued."""
    return [
        row["grant_id"]
        for row in await connection.fetch(
            sql(__package__, "list_accounts_awaiting_backfill"), limits.PLAN_BATCH
        )
    ]


async def enqueue_first_backfills(
    connection: Connection, grants: Collection[str], start_date: UnixSeconds | None
) -> list[str]:
    """Enqueue the first backfill of accounts that had none; return the grants of the new backfills.

    The deltas of these accounts become due. Paused and removed accounts are left out. The caller holds the
    grants' locks.

    Args:
        connection: in a transaction.
        grants: the grants of the accounts.
        start_date: how far back a backfill reaches; None: to the oldest mail.
    """
    rows = await connection.fetch(
        sql(__package__, "enqueue_first_backfills"), list(grants), limits.OVERLAP_SECONDS, start_date
    )
    return [row["grant_id"] for row in rows]


async def enqueue_due_deltas(connection: Connection, interval_seconds: float) -> int:
    """Enqueue deltas for up to `PLAN_BATCH` due accounts; return how many were enqueued.

    Throttled accounts and accounts with an open delta are not examined. The due times of examined accounts
    move on. An examined account that is not active, or has no row yet, gets no delta.
    """
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_deltas"), *spread(interval_seconds), limits.PLAN_BATCH
        )
    )


async def schedule_postponed(connection: Connection, interval_seconds: float) -> None:
    """Schedule deltas that were postponed indefinitely while there was no timer, spread over the interval.

    Up to `PLAN_BATCH` accounts are scheduled.
    """
    await connection.execute(sql(__package__, "schedule_postponed"), interval_seconds, limits.PLAN_BATCH)


async def enqueue_due_audits(connection: Connection, interval_seconds: float) -> int:
    """Enqueue audits for up to `PLAN_BATCH` due accounts; return how many were enqueued.

    The due times of these accounts move on. An account gets no audit if one of these holds:

    - It is not active, or has no row yet.
    - Its first backfill has not ended.
    - It has an open audit.
    """
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_audits"), *spread(interval_seconds), limits.PLAN_BATCH
        )
    )


async def schedule_first_audits(connection: Connection, interval_seconds: float) -> None:
    """Schedule the first periodic audit of backfilled accounts that have none scheduled.

    Up to `PLAN_BATCH` accounts are scheduled, spread over the interval.
    """
    await connection.execute(sql(__package__, "schedule_first_audits"), interval_seconds, limits.PLAN_BATCH)


async def enqueue_due_folder_lists(connection: Connection, interval_seconds: float) -> int:
    """Enqueue listings of folders for up to `PLAN_BATCH` due accounts; return how many were enqueued.

    The due times of these accounts move on. An account gets no listing if one of these holds:

    - It is not active, or has no row yet.
    - Its first backfill has not ended.
    - It has an open task of the kind `account`.
    """
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_folder_lists"), *spread(interval_seconds), limits.PLAN_BATCH
        )
    )


async def schedule_first_folder_lists(connection: Connection, interval_seconds: float) -> None:
    """Schedule the first periodic listing of folders of backfilled accounts that have none scheduled.

    Up to `PLAN_BATCH` accounts are scheduled, spread over the interval.
    """
    await connection.execute(
        sql(__package__, "schedule_first_folder_lists"), interval_seconds, limits.PLAN_BATCH
    )


async def enqueue_due_rechecks(connection: Connection, interval_seconds: float) -> int:
    """Enqueue the due checks of invalid grants; return how many were enqueued.

    The first check of a newly invalid grant is only scheduled. One call examines up to `PLAN_BATCH` grants.
    Paused, removed and throttled accounts are left out.
    """
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_rechecks"), *spread(interval_seconds), limits.PLAN_BATCH
        )
    )


async def get_next_due(connection: Connection) -> float | None:
    """Return the seconds until the next task becomes due or the next lease expires.

    Return None if there is neither. Tasks that are due already or suspended do not count, and neither do
    expired leases.
    """
    seconds: float | None = await connection.fetchval(sql(__package__, "get_next_due"))
    return seconds


async def prune_tasks(connection: Connection) -> None:
    await connection.execute(sql(__package__, "prune_tasks"), limits.TASK_DAYS, limits.PRUNE_BATCH)
