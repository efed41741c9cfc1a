"""Publishes one slice of a listing of whole messages."""

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from mailtide_common.contracts.events import SyncRequested, Unannounced
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import UnixSeconds
from mailtide_common.runtime.logs import get_logger
from mailtide_nylas import NylasError, Page, Reservation
from mailtide_sync_worker import limits
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.messages.changes import read_page
from mailtide_sync_worker.messages.compared_state import certain
from mailtide_sync_worker.outcome import lane_of, version_at
from mailtide_sync_worker.priority import BulkThrottle
from mailtide_sync_worker.publishing.mail_publisher import MailPublisher

from .listing import Listed, pages
from .missed_mail import together, unannounced
from .page_lister import PageLister
from .slice_cursor import ListingSlice

log = get_logger(__name__)


@dataclass(slots=True)
class Slice:
    """The result of a slice. Kafka has acknowledged its events."""

    until: UnixSeconds | None = None
    """Date below which the next slice lists; None if the listing has ended."""
    listed: set[str] = field(default_factory=set)
    """Ids of the messages that this slice listed and read, without those that it leaves to the next slice."""
    changed: set[str] = field(default_factory=set)
    """Ids of the published messages, which were new or differed from the stored ones."""
    unannounced: Unannounced | None = None
    """New messages whose notification is overdue; None if there are none."""


class SlicePuller:
    """Lists whole messages, newest first, and publishes what is new or changed."""

    def __init__(
        self, lister: PageLister, index: KnownState, mail: MailPublisher, bulk_throttle: BulkThrottle
    ) -> None:
        self._lister = lister
        self._index = index
        self._mail = mail
        self._live_first = bulk_throttle

    async def pull(
        self, request: SyncRequested, *, since: UnixSeconds | None, until: UnixSeconds | None
    ) -> Slice:
        """Publish a slice of the new and changed messages between two dates, newest first.

        A slice makes progress when the next one can begin at an earlier date. Once a slice has made progress,
        each of these ends it:

        - It has `limits.SLICE_PAGES` pages, or `limits.LIVE_SLICE_PAGES` in live work.
        - It has taken `limits.SLICE_SECONDS`.
        - The listing fails. An account whose calls are limited thus still advances.

        If `since` is None, the listing reaches back to the oldest message; if `until` is None, it begins at
        the newest. Messages at exactly `since` or `until` may be omitted. On EWS, all messages of these days
        may be listed. Messages that cannot be read or published are parked.

        Raises:
            NylasError: the listing failed before the slice had made progress.
            TransientError: Kafka or Postgres is unavailable.
        """
        found = Slice()
        most_pages = limits.SLICE_PAGES if request.bulk else limits.LIVE_SLICE_PAGES
        part = ListingSlice(most_pages, until)
        listing = pages(
            partial(self._page, request, since, until),
            self._lister.reserve,
            ahead=most_pages,
            give_way=partial(self._live_first.give_way, request),
        )
        ends = time.monotonic() + limits.SLICE_SECONDS
        try:
            async with aclosing(listing):
                async for listed in listing:
                    if time.monotonic() >= ends:
                        part.end()
                    await self._take(request, listed, part, found)
                    if found.until is not None:
                        break
        except NylasError as error:
            found.until = part.reached()
            if found.until is None:
                raise
            log.info("slice_interrupted", account_id=str(account_uuid(request.grant_id)), reason=str(error))
        return found

    async def _take(self, request: SyncRequested, listed: Listed, part: ListingSlice, found: Slice) -> None:
        """Publish a page, and add its results to `found`.

        If the slice ends with this page and the listing does not, `found.until` is set. Messages that are
        left to the next slice are then not published.
        """
        await self._mail.park(request.grant_id, listed.page.unreadable)
        messages = read_page(listed.page.data, request.grant_id)
        part.add([certain(message.content.date) for message in messages])
        found.until = None if listed.last else part.next_until()
        if found.until is not None:
            messages = [m for m in messages if not part.left_to_next(certain(m.content.date))]
        known = await self._index.list_messages([(m.grant_id, m.message_id) for m in messages])
        version = version_at(request, listed.observed_at)
        changed = await self._mail.publish(messages, known, version, lane_of(request))
        found.listed.update(message.message_id for message in messages)
        found.changed |= changed
        unknown = (certain(m.content.date) for m in messages if (m.grant_id, m.message_id) not in known)
        found.unannounced = together(found.unannounced, unannounced(unknown, listed.observed_at))

    async def _page(
        self,
        request: SyncRequested,
        since: UnixSeconds | None,
        until: UnixSeconds | None,
        cursor: str | None,
        reservation: Reservation,
    ) -> Page:
        return await self._lister.page(
            request.grant_id,
            reservation,
            page_token=cursor,
            received_after=since,
            received_before=until,
        )
