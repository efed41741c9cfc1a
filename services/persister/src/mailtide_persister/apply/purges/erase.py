"""Deletes the rows of a purged account."""

from uuid import UUID

import asyncpg

from mailtide_persister.apply import store
from mailtide_persister.limits import PURGE_SLICE_ROWS

PURGED = "kept out"
"""Reason of a request for tombstones: an event arrived after its account was purged."""


async def erase_account(pool: asyncpg.Pool, account_id: UUID) -> int:
    """Delete a purged account with its mail and its dead letters, in slices.

    Returns:
        1 if the account's row was deleted, else 0: it had no row, or was connected again meanwhile. After a
        new connect, the remaining mail stays.

    Raises:
        TransientError: Postgres is unavailable. Deleted slices stay deleted; another call deletes the rest.
    """
    while True:
        async with store.transaction(pool) as connection:
            if await store.delete_emails(connection, account_id, PURGE_SLICE_ROWS) < PURGE_SLICE_ROWS:
                await store.delete_dead_letters(connection, account_id)
                return await store.delete_account(connection, account_id)
