"""Deletes the rows of a purged account."""

from uuid import UUID

import asyncpg

from mailtide_persister.apply import store
from mailtide_persister.limits import PURGE_SLICE_ROWS

PURGED = "kept out"
"""Reason of a request for tombstones: an event arrived after its account was purged."""


async def erase_account(pool: asyncpg.Pool, account_id: UUID) -> int:
    """Delete a purged account, its mail and its dead letters, in slices.

    Returns:
        1 if its row was deleted; 0 if it had none, or was connected again meanwhile: the rest then stays.

    Raises:
        TransientError: Postgres is unavailable. Finished slices stay deleted; repeating deletes the rest.
    """
    while True:
        async with store.transaction(pool) as connection:
            if await store.delete_emails(connection, account_id, PURGE_SLICE_ROWS) < PURGE_SLICE_ROWS:
                await store.delete_dead_letters(connection, account_id)
                return await store.delete_account(connection, account_id)
