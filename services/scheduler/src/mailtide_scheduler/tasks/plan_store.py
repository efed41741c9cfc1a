"""The statements that find out what is due, one function each; the use case opens the transaction."""

from collections.abc import Collection

from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql


async def insert_missing_schedules(connection: Connection) -> None:
    """Give a schedule to accounts that have none."""
    await connection.execute(sql(__package__, "insert_missing_schedules"), limits.PLAN_BATCH)


async def list_accounts_awaiting_backfill(connection: Connection) -> list[str]:
    """Grants of active accounts whose first backfill has not begun."""
    return [
        row["grant_id"]
        for row in await connection.fetch(
            sql(__package__, "list_accounts_awaiting_backfill"), limits.PLAN_BATCH
        )
    ]


async def enqueue_first_backfills(
    connection: Connection, grants: Collection[str], start_date: int | None
) -> list[str]:
    """Begin first backfills where none has begun, back to `start_date` (unix seconds); returns those grants."""
    rows = await connection.fetch(
        sql(__package__, "enqueue_first_backfills"), list(grants), limits.OVERLAP_SECONDS, start_date
    )
    return [row["grant_id"] for row in rows]


async def enqueue_due_deltas(connection: Connection, interval_seconds: float) -> int:
    """Create a delta for each account whose turn it is; returns how many."""
    return len(
        await connection.fetch(sql(__package__, "enqueue_due_deltas"), interval_seconds, limits.PLAN_BATCH)
    )


async def reset_schedules(connection: Connection, interval_seconds: float) -> None:
    """Give their turns back to accounts whose last delta ended while there was no timer."""
    await connection.execute(sql(__package__, "reset_schedules"), interval_seconds, limits.PLAN_BATCH)


async def enqueue_due_audits(connection: Connection, interval_seconds: float) -> int:
    """Create an audit for each account whose turn it is; returns how many."""
    return len(
        await connection.fetch(sql(__package__, "enqueue_due_audits"), interval_seconds, limits.PLAN_BATCH)
    )


async def schedule_first_audits(connection: Connection, interval_seconds: float) -> None:
    """Plan a first audit for accounts that have none."""
    await connection.execute(sql(__package__, "schedule_first_audits"), interval_seconds, limits.PLAN_BATCH)


async def enqueue_due_folder_lists(connection: Connection, interval_seconds: float) -> int:
    """Create a listing of folders for each account whose turn it is; returns how many."""
    return len(
        await connection.fetch(
            sql(__package__, "enqueue_due_folder_lists"), interval_seconds, limits.PLAN_BATCH
        )
    )


async def schedule_first_folder_lists(connection: Connection, interval_seconds: float) -> None:
    """Plan a first listing of folders by turn for accounts that have none."""
    await connection.execute(
        sql(__package__, "schedule_first_folder_lists"), interval_seconds, limits.PLAN_BATCH
    )


async def enqueue_due_rechecks(connection: Connection, interval_seconds: float) -> int:
    """Ask for the status of dead grants now and then; returns how many."""
    return len(
        await connection.fetch(sql(__package__, "enqueue_due_rechecks"), interval_seconds, limits.PLAN_BATCH)
    )


async def get_next_due(connection: Connection) -> float | None:
    """Seconds until the next task is due; None when none is planned."""
    seconds: float | None = await connection.fetchval(sql(__package__, "get_next_due"))
    return seconds


async def prune_tasks(connection: Connection) -> None:
    """Drop tasks that ended long ago."""
    await connection.execute(sql(__package__, "prune_tasks"), limits.TASK_DAYS, limits.PRUNE_BATCH)
