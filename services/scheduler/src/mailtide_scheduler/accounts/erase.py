"""Erases purged grants from the scheduler's own tables."""

import asyncpg

from mailtide_common.contracts.keys import account_uuid
from mailtide_common.runtime.logs import get_logger
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, connected, sql, transaction
from mailtide_scheduler.tasks.store import force_index_scans, lock_schedules

log = get_logger(__name__)


async def erase_purged(pool: asyncpg.Pool) -> int:
    """Erase purged grants from the scheduler's tables, one per transaction; return how many.

    Only the first `ERASE_BATCH` grants without an account row are examined.

    Raises:
        TransientError: Postgres is unavailable or busy.
    """
    async with connected(pool) as connection:
        orphans = await list_orphaned_grants(connection)
    erased = 0
    for grant_id in orphans:
        async with transaction(pool) as connection:
            await force_index_scans(connection)
            await lock_schedules(connection, [grant_id])
            if await delete_grant_rows(connection, grant_id):
                log.info("purged_account_deleted", account_id=str(account_uuid(grant_id)))
                erased += 1
    return erased


async def list_orphaned_grants(connection: Connection) -> list[str]:
    """Return up to `ERASE_BATCH` grants that have a schedule but no account row."""
    return [
        row["grant_id"]
        for row in await connection.fetch(sql(__package__, "list_orphaned_grants"), limits.ERASE_BATCH)
    ]


async def delete_grant_rows(connection: Connection, grant_id: str) -> bool:
    """Delete the rows of a purged grant; return False if nothing was deleted.

    Runs and incidents stay, with the account's id in place of the grant. Open incidents end, and runs no
    longer wait for the grant. The caller holds the grant's lock.

    Nothing is deleted if one of these holds:

    - The grant is not purged, or was connected again.
    - The grant has an account row.
    - A purge of the grant is open.
    """
    return (
        await connection.fetchval(sql(__package__, "delete_grant_rows"), grant_id, account_uuid(grant_id))
        is not None
    )
