"""Statements that schedule, enqueue and prune tasks, one function each, and each atomic by itself.

`enqueue_first_backfills` needs a transaction in which the caller has locked the grants.
"""

from collections.abc import Collection

from mailtide_common.contracts.times import UnixSeconds
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql

from .delays import spread


async def insert_missing_schedules(connection: Connection) -> None:
    await connection.execute(sql(__package__, "insert_missing_schedules"), limits.PLAN_BATCH)


async def list_accounts_awaiting_backfill(connection: Connection) -> list[str]:
    """Return the grants of up to `PLAN_BATCH` active accounts whose first backfill was not enqueued yet."""
    return [
        row["grant_id"]
        for row in await connection.fetch(
            sql(__package__, "list_accounts_awaiting_backfill"), limits.PLAN_BATCH
        )
    ]


async def enqueue_first_backfills(
    connection: Connection, grants: Collection[str], start_date: UnixSeconds | None
) -> list[str]:
    """Enqueue the first backfill of the accounts that have had none, and make their deltas due.

    Return the grants of the new backfills. Paused and removed accounts are left out.

    `start_date`: how far back the backfill reaches; None: to the oldest mail. The caller holds the grants' locks.
    """
    rows = await connection.fetch(
        sql(__package__, "enqueue_first_backfills"), list(grants), limits.OVERLAP_SECONDS, start_date
    )
    return [row["grant_id"] for row in rows]


async def enqueue_due_deltas(connection: Connection, interval_seconds: float) -> int:
    """Enqueue a delta for up to `PLAN_BATCH` accounts that are due, not throttled, and have none open; return how many.

    Their due times move on; of an account that may not be called or has no row yet, only the due
    time moves.
    """
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_deltas"), *spread(interval_seconds), limits.PLAN_BATCH
        )
    )


async def schedule_postponed(connection: Connection, interval_seconds: float) -> None:
    """Schedule the deltas of up to `PLAN_BATCH` accounts that were postponed indefinitely while there was no timer.

    They are spread over the interval.
    """
    await connection.execute(sql(__package__, "schedule_postponed"), interval_seconds, limits.PLAN_BATCH)


async def enqueue_due_audits(connection: Connection, interval_seconds: float) -> int:
    """Enqueue an audit for up to `PLAN_BATCH` accounts that are due; return how many.

    Their due times move on. Only the due time moves if an account may not be called, was not backfilled yet or has an
    open audit.
    """
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_audits"), *spread(interval_seconds), limits.PLAN_BATCH
        )
    )


async def schedule_first_audits(connection: Connection, interval_seconds: float) -> None:
    """Schedule the first periodic audit of up to `PLAN_BATCH` backfilled accounts that have none scheduled.

    The audits are spread over the interval.
    """
    await connection.execute(sql(__package__, "schedule_first_audits"), interval_seconds, limits.PLAN_BATCH)


async def enqueue_due_folder_lists(connection: Connection, interval_seconds: float) -> int:
    """Enqueue a listing of folders for up to `PLAN_BATCH` accounts that are due; return how many.

    Their due times move on. Only the due time moves if an account may not be called, was not backfilled yet or has a
    task of this kind open.
    """
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_folder_lists"), *spread(interval_seconds), limits.PLAN_BATCH
        )
    )


async def schedule_first_folder_lists(connection: Connection, interval_seconds: float) -> None:
    """Schedule the first periodic listing of the folders of backfilled accounts that have none scheduled.

    Up to `PLAN_BATCH` accounts are scheduled. The listings are spread over the interval.
    """
    await connection.execute(
        sql(__package__, "schedule_first_folder_lists"), interval_seconds, limits.PLAN_BATCH
    )


async def enqueue_due_rechecks(connection: Connection, interval_seconds: float) -> int:
    """Enqueue the due checks of invalid grants, and schedule the first check of newly invalid ones.

    Up to `PLAN_BATCH` grants are read; paused, removed and throttled ones are left out. Return how many checks were
    enqueued.
    """
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_rechecks"), *spread(interval_seconds), limits.PLAN_BATCH
        )
    )


async def get_next_due(connection: Connection) -> float | None:
    """Return the seconds until the next task becomes due or the next lease expires; None if there is none.

    Tasks that are due already or suspended do not count, nor do leases that have expired.
    """
    seconds: float | None = await connection.fetchval(sql(__package__, "get_next_due"))
    return seconds


async def prune_tasks(connection: Connection) -> None:
    await connection.execute(sql(__package__, "prune_tasks"), limits.TASK_DAYS, limits.PRUNE_BATCH)
