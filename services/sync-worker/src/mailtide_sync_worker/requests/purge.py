"""Use case: write tombstones for everything that Kafka holds of a grant."""

from collections.abc import Collection, Iterable

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import Purged, SyncRequested
from mailtide_common.contracts.keys import account_uuid, part
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES, Topic
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_sync_worker import metrics
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.outcome import Pulled

MESSAGE_PARTS = ("content", "state")


class Purger:
    """Removes a person's mail from the compacted topics, without a call to Nylas."""

    def __init__(self, index: StoredIndex, publisher: Publisher) -> None:
        self._index = index
        self._publisher = publisher

    async def purge(self, request: SyncRequested) -> Pulled:
        """Write a tombstone for every known key of the grant, the account's last.

        The permanent marker and the account's tombstone delete the rows by which the other keys are found: a purge
        that fails before them is repeated as a whole, and after them nothing is left to do. A request for one
        message writes its tombstones only: it reached Kafka after the grant was purged.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        grant = part(request.grant_id)
        if request.message_id is not None:
            await self._bury_messages(grant, [request.message_id])
            return Pulled()
        async for ids in self._index.list_message_ids(request.grant_id):
            await self._bury_messages(grant, ids)
        folders = await self._index.list_folder_ids(request.grant_id)
        await self._bury(FOLDERS, (f"{grant}/{part(id_)}" for id_ in folders))
        await self._publisher.publish(Purged(account_id=account_uuid(request.grant_id), purged_at=now_us()))
        await self._bury(ACCOUNTS, [grant])
        return Pulled()

    async def _bury_messages(self, grant: str, ids: Collection[str]) -> None:
        await self._bury(MESSAGES, (f"{grant}/{part(id_)}/{end}" for id_ in ids for end in MESSAGE_PARTS))
        metrics.PURGED_MESSAGES.inc(len(ids))

    async def _bury(self, topic: Topic, keys: Iterable[str]) -> None:
        await self._publisher.send_all([(topic, Encoded(key.encode(), None, [])) for key in keys])
