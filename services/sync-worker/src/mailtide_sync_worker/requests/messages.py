"""Fetches single messages and threads from Nylas."""

from contextlib import aclosing
from functools import partial

from mailtide_common.contracts.events import SyncOutcome, SyncRequested
from mailtide_common.contracts.times import in_seconds
from mailtide_common.contracts.versions import Source
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_nylas import (
    NylasClient,
    NylasNotFoundError,
    NylasUnreadableError,
    Page,
    Reservation,
    UnreadableMessage,
)
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.known.stored_index import StoredIndex
from mailtide_sync_worker.listings.imap_cache import oldest_seen
from mailtide_sync_worker.listings.listing import Listed, pages
from mailtide_sync_worker.listings.page_lister import PageLister
from mailtide_sync_worker.messages.changes import read_page
from mailtide_sync_worker.messages.message import deleted_event, read_message
from mailtide_sync_worker.outcome import Pulled, lane_of, version_at, version_now
from mailtide_sync_worker.publishing.mail_publisher import MailPublisher

IMAP_CONFIRMATIONS = 2
"""Number of 404s in a row, seconds apart, after which a message of the IMAP family may be deleted. For a
follow-up, one 404 suffices."""


class MessagePuller:
    """Fetches messages and threads, and publishes changes."""

    def __init__(
        self,
        nylas: NylasClient,
        index: KnownState,
        places: StoredIndex,
        *,
        lister: PageLister,
        mail: MailPublisher,
        publisher: Publisher,
    ) -> None:
        self._nylas = nylas
        self._index = index
        self._places = places
        self._lister = lister
        self._mail = mail
        self._publisher = publisher

    async def pull_message(self, request: SyncRequested) -> Pulled:
        """Publish a message's content and state, changed or not. Park it if it cannot be read or published.

        After a 404, the deletion is published if `request.deletion_seen` is set and the 404 is not doubtful
        (`_doubtful`). Otherwise the outcome is `NOT_FOUND`.

        Raises:
            NylasError: see `mailtide_nylas.errors`.
            TransientError: Kafka or Postgres is unavailable.
        """
        with self._lister.reserve() as reservation:
            return await self._pull_message(request, reservation)

    async def _pull_message(self, request: SyncRequested, reservation: Reservation) -> Pulled:
        message_id = request.message_id or ""
        version = version_now(request, Source.FOLLOW_UP if request.follow_up else Source.API)
        try:
            source = await self._nylas.get_message(request.grant_id, message_id, reservation=reservation)
        except NylasNotFoundError:
            if not request.deletion_seen or await self._doubtful(request, message_id):
                return Pulled(SyncOutcome.NOT_FOUND)
            await self._publisher.publish(
                deleted_event(request.grant_id, message_id, version, lane_of(request))
            )
            return Pulled(synced_count=1)
        except NylasUnreadableError as error:
            unreadable = UnreadableMessage(message_id, error.raw, str(error))
            await self._mail.park(request.grant_id, [unreadable])
            return Pulled()
        message = read_message(source, request.grant_id, message_id)
        messages = [] if message is None else [message]
        published = await self._mail.publish(messages, {}, version, lane_of(request))
        return Pulled(synced_count=len(published))

    async def pull_thread(self, request: SyncRequested) -> Pulled:
        """Publish the new and changed messages of a thread. Park those that cannot be read or published.

        Raises:
            NylasError: see `mailtide_nylas.errors`.
            TransientError: Kafka or Postgres is unavailable.
        """
        synced: set[str] = set()
        async with aclosing(pages(partial(self._page, request), self._lister.reserve)) as listing:
            async for listed in listing:
                synced |= await self._take(request, listed)
        return Pulled(synced_count=len(synced))

    async def _take(self, request: SyncRequested, listed: Listed) -> set[str]:
        await self._mail.park(request.grant_id, listed.page.unreadable)
        messages = read_page(listed.page.data, request.grant_id)
        known = await self._index.list_messages([(m.grant_id, m.message_id) for m in messages])
        version = version_at(request, listed.observed_at)
        return await self._mail.publish(messages, known, version, lane_of(request))

    async def _page(self, request: SyncRequested, cursor: str | None, reservation: Reservation) -> Page:
        return await self._lister.page(
            request.grant_id, reservation, page_token=cursor, thread_id=request.thread_id
        )

    async def _doubtful(self, request: SyncRequested, message_id: str) -> bool:
        """Return whether a message may still exist after a 404. This concerns only the IMAP family.

        - A message older than Nylas' cache may only have left the cache.
        - Nylas has answered 404 when it failed to read a mailbox's index (docs: changelog 2026-09-09).
          Fewer than `IMAP_CONFIRMATIONS` 404s in a row are therefore doubtful.

        A follow-up's 404 is not doubtful, because a notification or earlier 404s have shown the deletion. Nor
        is that of a message of which no date is stored.
        """
        if request.follow_up:
            return False
        place = await self._places.get_place(request.grant_id, message_id)
        if place is None or place.date is None:
            return False
        oldest = oldest_seen(place.provider, in_seconds(now_us()))
        return oldest is not None and (place.date < oldest or request.not_found + 1 < IMAP_CONFIRMATIONS)
