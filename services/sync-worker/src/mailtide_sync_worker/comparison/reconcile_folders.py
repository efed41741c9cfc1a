"""Compares the folders of a mailbox with the database, and repairs what differs (INV-8)."""

from collections.abc import Sequence

from mailtide_common.contracts.events import DeletionsHeld, Event, Folder, FoldersCompared, SyncRequested
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.versions import Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_nylas import NylasClient, NylasNotFoundError, NylasPermanentError
from mailtide_sync_worker import metrics
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.messages.compared_state import KnownFolder
from mailtide_sync_worker.outcome import version_at, version_now
from mailtide_sync_worker.publishing.publish_fitting import publish_fitting

from .folder_diff import compare_folders, merged, to_confirm

log = get_logger(__name__)


class FolderReconciler:
    """Lists folders, publishes those that changed, and fetches missing ones."""

    def __init__(self, nylas: NylasClient, index: KnownState, publisher: Publisher) -> None:
        self._nylas = nylas
        self._index = index
        self._publisher = publisher

    async def reconcile(self, request: SyncRequested, *, repair: bool = True) -> FoldersCompared:
        """Compare the folders with the database, and repair the differences if `repair`.

        - A folder that is not listed is deleted only if a fetch by its id gives 404 (INV-19).
        - If many folders are missing, they are held for an operator's approval instead of fetched. Those in
          `request.approved_folders` are fetched nevertheless.
        - An empty listing is no evidence: nothing is fetched or held.

        Returns:
            The counts before the repair.

        Raises:
            NylasError: the folders could not be listed, or the fetch of a missing one failed. After a
                `NylasPermanentError` of a fetch, however, the folder is kept, and nothing is raised.
            TransientError: Kafka or Postgres is unavailable.
        """
        began = now_us()
        listed = await self._nylas.list_folders(request.grant_id)
        known = await self._index.list_folders(request.grant_id)
        plan = compare_folders(listed, known, began=began)
        if repair:
            version = version_at(request, began)
            await publish_fitting(
                self._publisher,
                [_event(request, id_, folder, version) for id_, folder in plan.changed.items()],
            )
            asked, held = to_confirm(plan, len(known), request.approved_folders)
            await self._hold(request, held)
            for folder_id in asked:
                await self._confirm(request, folder_id, known[folder_id])
        return plan.counts

    async def _confirm(self, request: SyncRequested, folder_id: str, known: KnownFolder) -> None:
        """Fetch a folder that is not listed. Publish its deletion after a 404, else the folder if it differs.

        If the fetch can never succeed, for example because the id cannot be part of a path, the folder is
        kept. It prevents a proof, but does not stop the pass.
        """
        version = version_now(request)
        try:
            found = merged(await self._nylas.get_folder(request.grant_id, folder_id), known)
        except NylasNotFoundError:
            deleted = Folder(grant_id=request.grant_id, folder_id=folder_id, version=version, deleted=True)
            await publish_fitting(self._publisher, [deleted])
            metrics.FINDINGS.labels(request.kind, "missing folder").inc()
            return
        except NylasPermanentError as error:
            log.info("folder_unconfirmed", account_id=str(account_uuid(request.grant_id)), reason=str(error))
            return
        log.info("folder_unlisted", account_id=str(account_uuid(request.grant_id)))
        if not known.same(found):
            await publish_fitting(self._publisher, [_event(request, folder_id, found, version)])

    async def _hold(self, request: SyncRequested, folder_ids: Sequence[str]) -> None:
        if not folder_ids:
            return
        log.warning(
            "folder_deletions_held", account_id=str(account_uuid(request.grant_id)), missing=len(folder_ids)
        )
        metrics.FINDINGS.labels(request.kind, "held folder").inc(len(folder_ids))
        held = DeletionsHeld(
            task_id=request.task_id,
            grant_id=request.grant_id,
            message_ids=(),
            folder_ids=tuple(folder_ids),
            at=now_us(),
        )
        await self._publisher.publish(held)


def _event(request: SyncRequested, folder_id: str, folder: KnownFolder, version: Version) -> Event:
    return Folder(
        grant_id=request.grant_id,
        folder_id=folder_id,
        version=version,
        name=folder.name,
        attributes=folder.attributes,
    )
