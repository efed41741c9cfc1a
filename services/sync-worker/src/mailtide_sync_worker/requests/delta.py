"""Syncs a mailbox: publishes new mail, then compares recent mail with the database (INV-7)."""

from mailtide_common.contracts.events import SyncKind, SyncRequested, SyncWanted
from mailtide_common.contracts.times import in_seconds
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_sync_worker.comparison.reconcile import Reconciler
from mailtide_sync_worker.listings.slice import SlicePuller
from mailtide_sync_worker.outcome import Pulled


class DeltaPuller:
    """Publishes new mail, and compares recent mail with the database."""

    def __init__(self, slices: SlicePuller, reconciler: Reconciler, publisher: Publisher) -> None:
        self._slices = slices
        self._reconciler = reconciler
        self._publisher = publisher

    async def pull_delta(self, request: SyncRequested) -> Pulled:
        """Publish the new and changed messages of a slice of the mail since `request.since`, newest first.

        After the last slice, a window of recent mail is reconciled with the database, if
        `request.window_seconds` is set.

        The new watermark is the time before the first slice was listed. Each slice passes it on. The next
        delta therefore lists mail that arrives meanwhile.

        If `request.since` is None, this is a first sync: the first slice also requests the account's status
        and folders, no window is compared, and no mail is reported as unannounced.

        Raises:
            NylasError: see `mailtide_nylas.errors`.
            TransientError: Kafka or Postgres is unavailable.
        """
        watermark = request.watermark or in_seconds(now_us())
        first = request.since is None
        if first and request.until is None:
            await self._want_folders(request)
        found = await self._slices.pull(request, since=request.since, until=request.until)
        unannounced = None if first else found.unannounced
        if found.until is not None:
            return Pulled(
                synced_count=len(found.changed),
                watermark=watermark,
                until=found.until,
                unannounced=unannounced,
            )
        synced = found.changed
        if request.window_seconds is not None and not first:
            synced = synced | await self._reconciler.reconcile(request, request.window_seconds, found)
        return Pulled(synced_count=len(synced), watermark=watermark, unannounced=unannounced)

    async def _want_folders(self, request: SyncRequested) -> None:
        await self._publisher.publish(
            SyncWanted(grant_id=request.grant_id, kind=SyncKind.ACCOUNT, reason="first sync")
        )
