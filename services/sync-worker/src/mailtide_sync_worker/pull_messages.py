"""Use case: pull message deltas from Nylas, a slice at a time."""

from dataclasses import dataclass

from mailtide_common.contracts.events import (
    Event,
    Lane,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
    SyncRequested,
    SyncWanted,
)
from mailtide_common.contracts.versions import MICROSECONDS, Source, Version
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.publisher import Publisher
from mailtide_nylas import NylasClient, NylasNotFoundError

from . import limits
from .changes import changes, read_page
from .listing_slice import ListingSlice
from .local_index import LocalIndex
from .message import Message, content_event, deleted_event, read_message, state_event


@dataclass(frozen=True, slots=True)
class Pulled:
    """How a pull ended."""

    outcome: SyncOutcome
    synced_count: int = 0
    watermark: int | None = None


class MessagePuller:
    """Lists or gets messages and publishes what is new."""

    def __init__(self, nylas: NylasClient, index: LocalIndex, publisher: Publisher) -> None:
        """All three are used, not owned."""
        self._nylas = nylas
        self._index = index
        self._publisher = publisher

    async def pull_delta(self, request: SyncRequested) -> Pulled | None:
        """Publish what came since the watermark, newest first. None when a slice ended before the listing did.

        The watermark is taken before the first listing and handed on with each slice, so that mail which
        arrives meanwhile is listed again next time.

        Raises:
            NylasError: see `mailtide_nylas.errors`.
            TransientError: Kafka or Postgres is away.
        """
        started = now_us()
        watermark = request.watermark or started // MICROSECONDS
        lane = Lane.BACKFILL if request.since is None else Lane.SYNC
        if request.since is None and request.until is None:
            await self._want_folders(request)
        cursor: str | None = None
        synced = 0
        part = ListingSlice(limits.SLICE_PAGES, request.until)
        while True:
            version = _version(request, Source.API)
            page = await self._nylas.list_messages(
                request.grant_id,
                limit=limits.PAGE_SIZE,
                page_token=cursor,
                received_after=request.since,
                received_before=request.until,
            )
            cursor = page.next_cursor
            messages = read_page(page.data, request.grant_id)
            part.add(messages)
            until = None if cursor is None else part.next_until()
            if until is not None:
                messages = part.of_whole_seconds(messages)
            synced += await self._publish_changes(messages, version, lane)
            if cursor is None:
                return Pulled(SyncOutcome.OK, synced, watermark)
            if until is not None:
                await self._publisher.publish(_progressed(request, until, watermark, synced))
                return None

    async def pull_message(self, request: SyncRequested) -> Pulled:
        """Publish one message as Nylas has it now; errors as `pull_delta`."""
        message_id = request.message_id or ""
        version = _version(request, Source.FOLLOW_UP if request.follow_up else Source.API)
        try:
            source = await self._nylas.get_message(request.grant_id, message_id)
        except NylasNotFoundError:
            if not request.deletion_seen:
                return Pulled(SyncOutcome.NOT_FOUND)
            await self._publisher.publish(deleted_event(request.grant_id, message_id, version))
            return Pulled(SyncOutcome.OK, 1)
        message = read_message({**source, "id": message_id}, request.grant_id)
        await self._publisher.publish_all(_whole(message, version) if message is not None else [])
        return Pulled(SyncOutcome.OK, 1)

    async def pull_thread(self, request: SyncRequested) -> Pulled:
        """Publish what is new in a thread; errors as `pull_delta`."""
        cursor: str | None = None
        synced = 0
        while True:
            version = _version(request, Source.API)
            page = await self._nylas.list_messages(
                request.grant_id, limit=limits.PAGE_SIZE, page_token=cursor, thread_id=request.thread_id
            )
            synced += await self._publish_changes(read_page(page.data, request.grant_id), version, Lane.LIVE)
            cursor = page.next_cursor
            if cursor is None:
                return Pulled(SyncOutcome.OK, synced)

    async def _publish_changes(self, messages: list[Message], version: Version, lane: Lane) -> int:
        known = await self._index.known_messages([(m.grant_id, m.message_id) for m in messages])
        found = changes(messages, known, version, lane)
        await self._publisher.publish_all(found.events)
        return found.messages

    async def _want_folders(self, request: SyncRequested) -> None:
        await self._publisher.publish(
            SyncWanted(grant_id=request.grant_id, kind=SyncKind.ACCOUNT, reason="first sync")
        )


def _version(request: SyncRequested, source: Source) -> Version:
    """The moment before the request is sent: what it answers is at least that new."""
    return Version(observed_at=now_us(), source=source, event_id=request.task_id.hex)


def _whole(message: Message, version: Version) -> list[Event]:
    return [content_event(message, version, Lane.LIVE), state_event(message, version)]


def _progressed(request: SyncRequested, until: int, watermark: int, synced: int) -> SyncProgressed:
    return SyncProgressed(
        task_id=request.task_id,
        run_id=request.run_id,
        grant_id=request.grant_id,
        kind=request.kind,
        until=until,
        watermark=watermark,
        synced_count=synced,
        at=now_us(),
    )
