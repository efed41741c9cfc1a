"""Compares the content of some messages with the database, and publishes differing ones on request."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from mailtide_common.contracts.events import Event, SyncRequested
from mailtide_common.contracts.times import UnixSeconds
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_nylas import Page, Reservation
from mailtide_sync_worker import limits, metrics
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.listings.listing import Listed, pages
from mailtide_sync_worker.listings.page_lister import PageLister
from mailtide_sync_worker.messages.changes import read_page
from mailtide_sync_worker.messages.compared_state import Entry
from mailtide_sync_worker.messages.message import EARLIEST_DATE, content_event
from mailtide_sync_worker.outcome import lane_of, version_at
from mailtide_sync_worker.publishing.mail_publisher import groups
from mailtide_sync_worker.publishing.publish_fitting import publish_fitting

from .content_diff import differs


@dataclass(slots=True)
class ComparedContents:
    """Ids of the messages whose content was compared, and of those whose content differs."""

    messages: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)


class ContentComparer:
    """Compares whole messages with the stored ones, because an index has neither bodies nor sizes."""

    def __init__(self, lister: PageLister, index: StoredIndex, publisher: Publisher) -> None:
        self._lister = lister
        self._index = index
        self._publisher = publisher

    async def compare(self, request: SyncRequested, wanted: Sequence[Entry]) -> ComparedContents:
        """Compare the contents of `wanted` with the stored ones. Publish differing ones if `request.repair`.

        The range of dates of `wanted` is listed, up to one page more than `wanted` fills with pages of full
        size. The messages should therefore be adjacent by date. Messages that these pages do not show, and
        messages that `StoredIndex.list_contents` omits, are not compared.

        Raises:
            NylasError: the listing could not be completed.
            TransientError: Kafka or Postgres is unavailable.
        """
        found = ComparedContents()
        dates = [entry.date for entry in wanted if entry.date is not None]
        if not dates:
            return found
        left = {entry.message_id for entry in wanted}
        most_pages = -(-len(wanted) // limits.PAGE_SIZE) + 1
        listing = pages(
            partial(self._page, request, min(dates), max(dates)),
            self._lister.reserve,
        )
        async with aclosing(listing):
            async for listed in listing:
                most_pages -= 1
                left -= await self._take(request, listed, left, found)
                if not left or not most_pages:
                    break
        metrics.FINDINGS.labels(request.kind, "content").inc(len(found.differing))
        return found

    async def _take(
        self, request: SyncRequested, listed: Listed, wanted: set[str], found: ComparedContents
    ) -> set[str]:
        """Compare those messages of one page that are in `wanted`; return the ids of the compared ones.

        Their results are added to `found`. With `request.repair`, those that differ are published.
        """
        messages = [m for m in read_page(listed.page.data, request.grant_id) if m.message_id in wanted]
        stored = await self._index.list_contents(
            request.grant_id, [message.message_id for message in messages]
        )
        version = version_at(request, listed.observed_at)
        other = [m for m in messages if m.message_id in stored and differs(m, stored[m.message_id], version)]
        if request.repair:
            for group in groups(other):
                events: list[Event] = [content_event(message, version, lane_of(request)) for message in group]
                await publish_fitting(self._publisher, events)
        found.messages |= stored.keys()
        found.differing |= {message.message_id for message in other}
        return set(stored)

    async def _page(
        self,
        request: SyncRequested,
        oldest: UnixSeconds,
        newest: UnixSeconds,
        cursor: str | None,
        reservation: Reservation,
    ) -> Page:
        return await self._lister.page(
            request.grant_id,
            reservation,
            page_token=cursor,
            received_after=None if oldest == EARLIEST_DATE else oldest - 1,
            received_before=newest + 1,
        )
