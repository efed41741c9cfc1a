"""Applies folders. The newest version counts, and a deleted folder keeps its row."""

from collections.abc import Sequence

import asyncpg

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.events import AccountStatus, Folder
from mailtide_common.contracts.keys import folder_uuid
from mailtide_common.contracts.topics import FOLDERS
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_persister.rows.rows import folder_row, version_key

from . import store
from .batch_result import BatchResult
from .isolate_unstorable import write_isolating_failures
from .observations import DecodedBatch, Observation, decode_batch, grants_of


class FolderApplier:
    """Applies batches of `mail.folders.v1` to `email_folders`.

    Args:
        pool: connections to Postgres.
        tombstones: publishes tombstones of folders that arrive after their account was purged; None for a
            replay.
        provisional: the status of a new provisional account.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        tombstones: Publisher | None = None,
        *,
        provisional: AccountStatus = AccountStatus.ACTIVE,
    ) -> None:
        self._pool = pool
        self._tombstones = tombstones
        self._provisional = provisional

    async def apply(self, records: Sequence[Record]) -> BatchResult:
        """Store the newest version of each folder, and delete the rows of purged folders.

        Repeating a batch changes no row. An account without a row gets a provisional one. Folders of purged
        accounts are not stored. Except in a replay, tombstones are published for them.

        Records that cannot be decoded, do not belong on the topic, or are refused by Postgres are returned, to
        be parked.

        Raises:
            TransientError: Postgres or Kafka is unavailable; the batch must not be committed.
        """
        batch: DecodedBatch[Folder] = decode_batch(records, (Folder,), key_parts=2, name_parts=2)
        if batch.purged:
            await self._purge(batch.purged)
        late: set[bytes] = set()

        async def write(observations: Sequence[Observation[Folder]]) -> int:
            return await self._write(observations, late)

        changed, refused = await write_isolating_failures(batch.observations, write, lambda o: o.record)
        if self._tombstones is not None:
            await self._tombstones.send_all([(FOLDERS, Encoded(key, None, [])) for key in sorted(late)])
        return BatchResult(len(records), changed, (*batch.parked, *refused))

    async def _purge(self, purged: set[tuple[str, ...]]) -> None:
        async with store.locked_grants(self._pool, grants_of(purged)) as connection:
            await store.delete_folders(connection, [folder_uuid(grant, folder) for grant, folder in purged])

    async def _write(self, observations: Sequence[Observation[Folder]], late: set[bytes]) -> int:
        newest: dict[tuple[str, str], Folder] = {}
        for _, event in observations:
            name = (event.grant_id, event.folder_id)
            known = newest.get(name)
            if known is None or version_key(event.version) > version_key(known.version):
                newest[name] = event
        grants = {grant for grant, _ in newest}
        async with store.locked_grants(self._pool, grants) as connection:
            purged = await store.insert_missing_accounts(connection, grants, self._provisional)
            late |= {event.key.encode() for event in newest.values() if event.grant_id in purged}
            rows = [folder_row(event) for event in newest.values() if event.grant_id not in purged]
            return await store.upsert_folders(connection, rows)
