"""Use case: pull single messages and threads from Nylas."""

from contextlib import aclosing
from functools import partial

from mailtide_common.contracts.events import Event, Lane, SyncOutcome, SyncRequested
from mailtide_common.contracts.versions import MICROSECONDS, Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.publisher import Publisher
from mailtide_nylas import NylasClient, NylasNotFoundError, Page

from . import limits
from .cache_window import oldest_seen
from .changes import changes, read_page
from .listing import pages
from .local_index import LocalIndex
from .mail_index import MailIndex
from .message import Message, content_event, deleted_event, read_message, state_event
from .publish_fitting import message_ids, publish_fitting
from .pulled import Pulled, lane_of, version_at, version_now


class MessagePuller:
    """Gets messages and publishes them as they are now."""

    def __init__(
        self, nylas: NylasClient, index: LocalIndex, places: MailIndex, publisher: Publisher
    ) -> None:
        """All four are used, not owned."""
        self._nylas = nylas
        self._index = index
        self._places = places
        self._publisher = publisher

    async def pull_message(self, request: SyncRequested) -> Pulled:
        """Publish one message as Nylas has it now; a 404 deletes only what a deletion was seen of.

        Raises:
            NylasError: see `mailtide_nylas.errors`.
            TransientError: Kafka or Postgres is away.
        """
        message_id = request.message_id or ""
        version = version_now(request, Source.FOLLOW_UP if request.follow_up else Source.API)
        try:
            source = await self._nylas.get_message(request.grant_id, message_id)
        except NylasNotFoundError:
            if not request.deletion_seen or await self._rolled_out(request, message_id):
                return Pulled(SyncOutcome.NOT_FOUND)
            await self._publisher.publish(
                deleted_event(request.grant_id, message_id, version, lane_of(request))
            )
            return Pulled(SyncOutcome.OK, 1)
        message = read_message(source, request.grant_id, message_id)
        news = _whole(message, version, lane_of(request)) if message is not None else []
        left_out = await publish_fitting(self._publisher, news)
        return Pulled(SyncOutcome.OK, 0 if left_out else 1)

    async def pull_thread(self, request: SyncRequested) -> Pulled:
        """Publish what is new in a thread; errors as `pull_message`."""
        synced: frozenset[str] = frozenset()
        async with aclosing(pages(partial(self._page, request))) as listing:
            async for listed in listing:
                messages = read_page(listed.page.data, request.grant_id)
                known = await self._index.known_messages([(m.grant_id, m.message_id) for m in messages])
                news = changes(messages, known, version_at(request, listed.observed_at), lane_of(request))
                left_out = await publish_fitting(self._publisher, news.events)
                synced |= news.changed - message_ids(left_out)
        return Pulled(SyncOutcome.OK, len(synced))

    async def _page(self, request: SyncRequested, cursor: str | None) -> Page:
        return await self._nylas.list_messages(
            request.grant_id, limit=limits.PAGE_SIZE, page_token=cursor, thread_id=request.thread_id
        )

    async def _rolled_out(self, request: SyncRequested, message_id: str) -> bool:
        """Whether the message may only have left Nylas' cache since a listing missed it.

        A follow-up settles a deletion that was notified, and is not in question.
        """
        if request.follow_up:
            return False
        place = await self._places.place(request.grant_id, message_id)
        if place is None or place.date is None:
            return False
        oldest = oldest_seen(place.provider, now_us() // MICROSECONDS)
        return oldest is not None and place.date < oldest


def _whole(message: Message, version: Version, lane: Lane) -> list[Event]:
    return [content_event(message, version, lane), state_event(message, version, lane)]
