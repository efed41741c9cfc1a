"""Publishes a mailbox as bulk work: newest mail first, one slice at a time, back to the start date if set."""

import time

from mailtide_common.contracts.events import SyncKind, SyncRequested, SyncWanted
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import UnixSeconds, in_seconds
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_nylas import NylasClient, NylasThrottledError, NylasTransientError
from mailtide_sync_worker.listings.slice import Slice, SlicePuller
from mailtide_sync_worker.messages.compared_state import certain
from mailtide_sync_worker.messages.message import EARLIEST_DATE
from mailtide_sync_worker.messages.nylas_json import Reader
from mailtide_sync_worker.outcome import Pulled

from .oldest_message import find_oldest

log = get_logger(__name__)


class Backfiller:
    """Publishes a mailbox, one slice per call."""

    def __init__(self, nylas: NylasClient, slices: SlicePuller, publisher: Publisher) -> None:
        self._nylas = nylas
        self._slices = slices
        self._publisher = publisher

    async def backfill(self, request: SyncRequested) -> Pulled:
        """Publish the new and changed messages of one slice.

        The last slice ends at `request.start_date` if that is set (on EWS: at the beginning of its day). The
        first slice also requests the account's status and folders. If another slice follows the first, the
        date of the oldest message is estimated.

        Raises:
            NylasError: see `mailtide_nylas.errors`.
            TransientError: Kafka or Postgres is unavailable.
        """
        watermark = request.watermark or in_seconds(now_us())
        first = request.until is None
        if first:
            await self._publisher.publish(
                SyncWanted(grant_id=request.grant_id, kind=SyncKind.ACCOUNT, reason="first sync")
            )
        since = None if request.start_date is None else UnixSeconds(request.start_date - 1)
        found = await self._slices.pull(request, since=since, until=request.until)
        if found.until is None:
            return Pulled(synced_count=len(found.changed), watermark=watermark)
        listed = time.monotonic()
        oldest = await self._oldest(request, found, watermark) if first else None
        return Pulled(
            synced_count=len(found.changed),
            watermark=watermark,
            until=found.until,
            oldest=oldest,
            aside_seconds=time.monotonic() - listed,
        )

    async def _oldest(
        self, request: SyncRequested, found: Slice, watermark: UnixSeconds
    ) -> UnixSeconds | None:
        """Return the approximate date of the oldest message since the start date, if that is set.

        Return None if Nylas is unavailable or busy.
        """

        async def newest_before(before: UnixSeconds) -> UnixSeconds | None:
            page = await self._nylas.list_messages(
                request.grant_id, limit=1, received_before=before, select=("id", "date")
            )
            return certain(Reader(page.data[0]).seconds("date")) if page.data else None

        floor = EARLIEST_DATE if request.start_date is None else request.start_date
        try:
            return await find_oldest(newest_before, found.until or watermark, floor=floor, newest=watermark)
        except (NylasTransientError, NylasThrottledError) as error:
            log.info(
                "oldest_message_unknown", account_id=str(account_uuid(request.grant_id)), reason=str(error)
            )
            return None
