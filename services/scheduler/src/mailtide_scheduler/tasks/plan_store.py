"""The statements that find out what is due, one function each; the use case opens the transaction."""

from collections.abc import Collection

from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql


async def adopt_accounts(connection: Connection) -> None:
    """Give a schedule to accounts that have none."""
    await connection.execute(sql(__package__, "adopt_accounts"), limits.PLAN_BATCH)


async def list_accounts_awaiting_backfill(connection: Connection) -> list[str]:
    """Grants of active accounts whose first backfill has not begun."""
    return [
        row["grant_id"]
        for row in await connection.fetch(
            sql(__package__, "list_accounts_awaiting_backfill"), limits.PLAN_BATCH
        )
    ]


async def begin_backfills(
    connection: Connection, grants: Collection[str], start_date: int | None
) -> list[str]:
    """Begin first backfills where none has begun, back to `start_date` (unix seconds); returns those grants."""
    rows = await connection.fetch(
        sql(__package__, "begin_backfills"), list(grants), limits.OVERLAP_SECONDS, start_date
    )
    return [row["grant_id"] for row in rows]


async def plan_deltas(connection: Connection, interval_seconds: float) -> int:
    """Create a delta for each account whose turn it is; returns how many."""
    return len(await connection.fetch(sql(__package__, "plan_deltas"), interval_seconds, limits.PLAN_BATCH))


async def reset_schedules(connection: Connection, interval_seconds: float) -> None:
    """Give their turns back to accounts whose last delta ended while there was no timer."""
    await connection.execute(sql(__package__, "reset_schedules"), interval_seconds, limits.PLAN_BATCH)


async def plan_audits(connection: Connection, interval_seconds: float) -> int:
    """Create an audit for each account whose turn it is; returns how many."""
    return len(await connection.fetch(sql(__package__, "plan_audits"), interval_seconds, limits.PLAN_BATCH))


async def spread_audits(connection: Connection, interval_seconds: float) -> None:
    """Plan a first audit for accounts that have none."""
    await connection.execute(sql(__package__, "spread_audits"), interval_seconds, limits.PLAN_BATCH)


async def plan_folders(connection: Connection, interval_seconds: float) -> int:
    """Create a listing of folders for each account whose turn it is; returns how many."""
    return len(await connection.fetch(sql(__package__, "plan_folders"), interval_seconds, limits.PLAN_BATCH))


async def spread_folders(connection: Connection, interval_seconds: float) -> None:
    """Plan a first listing of folders by turn for accounts that have none."""
    await connection.execute(sql(__package__, "spread_folders"), interval_seconds, limits.PLAN_BATCH)


async def plan_rechecks(connection: Connection, interval_seconds: float) -> int:
    """Ask for the status of dead grants now and then; returns how many."""
    return len(await connection.fetch(sql(__package__, "plan_rechecks"), interval_seconds, limits.PLAN_BATCH))


async def next_due(connection: Connection) -> float | None:
    """Seconds until the next task is due; None when none is planned."""
    seconds: float | None = await connection.fetchval(sql(__package__, "next_due"))
    return seconds


async def prune_tasks(connection: Connection) -> None:
    """Drop tasks that ended long ago."""
    await connection.execute(sql(__package__, "prune_tasks"), limits.TASK_DAYS, limits.PRUNE_BATCH)
