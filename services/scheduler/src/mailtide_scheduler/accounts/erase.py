"""Erases purged grants from the scheduler's own tables."""

import asyncpg

from mailtide_common.contracts.keys import account_uuid
from mailtide_common.runtime.logs import get_logger
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, connected, sql, transaction
from mailtide_scheduler.tasks.store import force_index_scans, lock_schedules

log = get_logger(__name__)


class PurgedGrantEraser:
    """Erases purged grants from the scheduler's tables.

    Whether a grant is purged cannot be queried for many at once, because `purged_accounts` has no grants. So
    every grant with a schedule but no account row is examined.
    """

    def __init__(self, pool: asyncpg.Pool, *, batch: int = limits.ERASE_BATCH) -> None:
        self._pool = pool
        self._batch = batch
        self._examined = ""

    async def erase(self) -> int:
        """Examine the next `batch` grants, in order, and erase the purged ones; return how many were erased.

        Each grant has a transaction of its own. After the last grant, the next call starts over.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        async with connected(self._pool) as connection:
            orphans = await list_orphaned_grants(connection, after=self._examined, most=self._batch)
        erased = 0
        for grant_id in orphans:
            async with transaction(self._pool) as connection:
                await force_index_scans(connection)
                await lock_schedules(connection, [grant_id])
                if await delete_grant_rows(connection, grant_id):
                    log.info("purged_account_deleted", account_id=str(account_uuid(grant_id)))
                    erased += 1
        self._examined = orphans[-1] if len(orphans) == self._batch else ""
        return erased


async def list_orphaned_grants(connection: Connection, *, after: str, most: int) -> list[str]:
    """Return up to `most` grants above `after`, in order, that have a schedule but no account row."""
    rows = await connection.fetch(sql(__package__, "list_orphaned_grants"), after, most)
    return [row["grant_id"] for row in rows]


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
