"""Publishes tombstones that delete a grant's data from Kafka."""

from collections.abc import Collection, Iterable

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import Purged, SyncKind, SyncRequested, SyncWanted
from mailtide_common.contracts.keys import PURGED_PARTS, account_uuid, part
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES, Topic
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_sync_worker import metrics
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.outcome import Pulled, now_since

log = get_logger(__name__)


class Purger:
    """Deletes a grant's data from the compacted topics, without a call to Nylas."""

    def __init__(self, accounts: KnownState, index: StoredIndex, publisher: Publisher) -> None:
        self._accounts = accounts
        self._index = index
        self._publisher = publisher

    async def purge(self, request: SyncRequested) -> Pulled:
        """Publish the tombstones of a grant's messages and folders, the marker, and the account's tombstone.

        If the request names a message, an event of the message arrived after the purge. Only the tombstones
        of that message are then published.

        A purge is abandoned if the account was connected again after the purge was requested: it would delete
        the new connection's data, too. If the purge concerned the whole grant, an audit is then requested,
        which restores the messages that were already deleted.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        grant = part(request.grant_id)
        if request.message_id is not None:
            if not await self._connected_since(request):
                await self._bury_messages(grant, [request.message_id])
            return Pulled()
        async for ids in self._index.list_message_ids(request.grant_id):
            if await self._connected_since(request):
                return await self._end(request)
            await self._bury_messages(grant, ids)
        if await self._connected_since(request):
            return await self._end(request)
        folders = await self._index.list_folder_ids(request.grant_id)
        await self._bury(FOLDERS, (f"{grant}/{part(id_)}" for id_ in folders))
        purged = Purged(account_id=account_uuid(request.grant_id), purged_at=now_since(request))
        await self._publisher.publish(purged)
        await self._bury(ACCOUNTS, [grant])
        return Pulled()

    async def _connected_since(self, request: SyncRequested) -> bool:
        """Return whether the account was connected after the purge was requested; False if a time is unknown.

        This also detects the request of an earlier purge, if Kafka repeats it after a new connect.
        """
        account = await self._accounts.get_account(request.grant_id)
        if account is None or account.connected_at is None or request.requested_at is None:
            return False
        return account.connected_at > request.requested_at

    async def _end(self, request: SyncRequested) -> Pulled:
        log.info("purge_abandoned", account_id=str(account_uuid(request.grant_id)))
        wanted = SyncWanted(
            grant_id=request.grant_id, kind=SyncKind.AUDIT, reason="connected again during a purge"
        )
        await self._publisher.publish(wanted)
        return Pulled()

    async def _bury_messages(self, grant: str, ids: Collection[str]) -> None:
        await self._bury(MESSAGES, (f"{grant}/{part(id_)}/{end}" for id_ in ids for end in PURGED_PARTS))
        metrics.PURGED_MESSAGES.inc(len(ids))

    async def _bury(self, topic: Topic, keys: Iterable[str]) -> None:
        await self._publisher.send_all([(topic, Encoded(key.encode(), None, [])) for key in keys])
