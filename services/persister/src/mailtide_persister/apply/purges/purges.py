"""Applies `mail.purges.v1` (INV-23). Purged accounts are marked, and their remaining rows are deleted."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.events import Event, Purged
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import BEGINNING, UnixMicros
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_persister.apply import store
from mailtide_persister.apply.batch_result import BatchResult

from .erase import erase_account

log = get_logger(__name__)


class PurgeApplier:
    """Applies markers of purges to `purged_accounts`, and deletes the rows of purged accounts."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def apply(self, records: Sequence[Record]) -> BatchResult:
        """Apply a batch, and delete the remaining rows of all purged accounts. Repeating it changes nothing.

        Raises:
            TransientError: Postgres is unavailable; the batch must not be committed.
        """
        purged: dict[UUID, UnixMicros] = {}
        lifted: dict[UUID, UnixMicros] = {}
        parked: list[Parked] = []
        for record in records:
            event = decode(record)
            if isinstance(event, Purged):
                purged[event.account_id] = max(event.purged_at, purged.get(event.account_id, BEGINNING))
                if event.lifted_at is not None:
                    lifted[event.account_id] = max(event.lifted_at, lifted.get(event.account_id, BEGINNING))
            else:
                parked.append(_unusable(record, event))
        async with store.transaction(self._pool) as connection:
            await store.upsert_purges(connection, purged)
            await store.delete_purges(connection, lifted)
        return BatchResult(len(records), await self.sweep(), tuple(parked))

    async def sweep(self) -> int:
        """Delete the remaining rows of purged accounts; return the number of accounts that had any.

        Raises:
            TransientError: Postgres is unavailable.
        """
        async with store.transaction(self._pool) as connection:
            accounts = await store.list_unfinished_purges(connection)
        for account_id in accounts:
            await erase_account(self._pool, account_id)
            log.info("purged_account_erased", account_id=str(account_id))
        return len(accounts)

    async def prune(self) -> None:
        """Delete up to `PRUNE_ROWS` dead letters older than the retention of `mail.dead-letters.v1`.

        Raises:
            TransientError: Postgres is unavailable.
        """
        async with store.transaction(self._pool) as connection:
            await store.prune_dead_letters(connection)

    async def adopt(self, markers: Publisher) -> None:
        """Publish a marker for each purge of a release before migration 0008, and mark its account as purged.

        A later call leaves out these purges.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        async with store.transaction(self._pool) as connection:
            earlier = await store.list_earlier_purges(connection)
        for grant_id, purged_at in earlier.items():
            account_id = account_uuid(grant_id)
            await markers.publish(Purged(account_id=account_id, purged_at=purged_at))
            async with store.transaction(self._pool) as connection:
                await store.upsert_purges(connection, {account_id: purged_at})
                await store.delete_earlier_purge(connection, grant_id)


def _unusable(record: Record, found: Event | Tombstone | Unreadable) -> Parked:
    if isinstance(found, Unreadable):
        return Parked(record, ErrorClass.UNREADABLE, found.reason)
    return Parked(record, ErrorClass.UNEXPECTED, "the record is not a marker of a purge")
