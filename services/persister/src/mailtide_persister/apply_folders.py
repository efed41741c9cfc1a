"""Writes folders: the newest version wins, a deleted folder keeps its row."""

from collections.abc import Sequence

import asyncpg

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import AccountStatus, Folder
from mailtide_common.contracts.keys import folder_uuid

from . import store
from .applied import Applied
from .bisect_batch import store_what_fits
from .observations import Observation, SortedOut, grants_of, sort_out
from .rows import folder_row, version_key


class FolderApplier:
    """Brings batches of `mail.folders.v1` into `email_folders`."""

    def __init__(self, pool: asyncpg.Pool, *, provisional: AccountStatus = AccountStatus.ACTIVE) -> None:
        """`provisional`: the status of an account whose own event has not come."""
        self._pool = pool
        self._provisional = provisional

    async def apply(self, records: Sequence[Record]) -> Applied:
        """Write a batch. Writing it again changes nothing.

        Raises:
            TransientError: Postgres is away; nothing may be committed.
        """
        batch: SortedOut[Folder] = sort_out(records, (Folder,), key_parts=2, name_parts=2)
        if batch.purged:
            await self._purge(batch.purged)
        changed, refused = await store_what_fits(batch.observations, self._write, lambda o: o.record)
        return Applied(len(records), changed, (*batch.parked, *refused))

    async def _purge(self, purged: set[tuple[str, ...]]) -> None:
        async with store.transaction(self._pool) as connection:
            await store.lock_grants(connection, grants_of(purged))
            await store.purge_folders(connection, [folder_uuid(grant, folder) for grant, folder in purged])

    async def _write(self, observations: Sequence[Observation[Folder]]) -> int:
        newest: dict[tuple[str, str], Folder] = {}
        for _, event in observations:
            name = (event.grant_id, event.folder_id)
            known = newest.get(name)
            if known is None or version_key(event.version) > version_key(known.version):
                newest[name] = event
        async with store.transaction(self._pool) as connection:
            kept_out = await store.open_mailboxes(
                connection, {grant for grant, _ in newest}, self._provisional
            )
            rows = [folder_row(event) for event in newest.values() if event.grant_id not in kept_out]
            return await store.upsert_folders(connection, rows)
