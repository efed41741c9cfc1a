"""Repairs differences: publishes states and requests fetches, within the deletion limit."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

from mailtide_common.contracts.events import Event, SyncKind, SyncRequested, SyncWanted
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_sync_worker import limits, metrics
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.messages.compared_state import Entry
from mailtide_sync_worker.outcome import lane_of, version_at
from mailtide_sync_worker.publishing.publish_fitting import publish_fitting

from .deletion_limit import held_events, holds
from .index_diff import unlisted
from .index_page import state_of

UNLISTED = "unlisted"
MISSING = "missing"
UNCONFIRMED = "unconfirmed"

log = get_logger(__name__)


@dataclass(slots=True)
class Unlisted:
    """The result of comparing stored messages with a complete listing."""

    rows: int = 0
    """Number of stored messages that were compared."""
    missing: list[Entry] = field(default_factory=list)
    """Stored messages that the listing lacks."""


class Repairer:
    """Publishes states, requests fetches of messages, and holds deletions that exceed the limit."""

    def __init__(self, publisher: Publisher, folders: KnownState) -> None:
        self._publisher = publisher
        self._folders = folders

    async def publish_states(self, request: SyncRequested, entries: Iterable[Entry]) -> None:
        """Publish the states of listed messages. A state's version has the time of its entry's observation.

        Raises:
            TransientError: Kafka is unavailable.
        """
        events: list[Event] = [
            state_of(entry, request.grant_id, version_at(request, entry.observed_at), lane_of(request))
            for entry in entries
        ]
        metrics.FINDINGS.labels(request.kind, "changed").inc(len(events))
        await publish_fitting(self._publisher, events)

    async def want(self, request: SyncRequested, entries: Iterable[Entry]) -> None:
        """Request a fetch of each of these listed messages.

        Raises:
            TransientError: Kafka is unavailable.
        """
        requests: list[Event] = [_fetch_request(request, entry.message_id, UNLISTED) for entry in entries]
        metrics.FINDINGS.labels(request.kind, "fetched").inc(len(requests))
        await publish_fitting(self._publisher, requests)

    async def confirm_contents(self, request: SyncRequested, message_ids: Iterable[str]) -> None:
        """Request a fetch of messages whose stored content is a notification's, without a body.

        Raises:
            TransientError: Kafka is unavailable.
        """
        requests: list[Event] = [
            _fetch_request(request, message_id, UNCONFIRMED) for message_id in message_ids
        ]
        metrics.FINDINGS.labels(request.kind, UNCONFIRMED).inc(len(requests))
        await publish_fitting(self._publisher, requests)

    async def confirm(self, request: SyncRequested, missing: Sequence[Entry], rows: int) -> set[str]:
        """Request fetches of messages that a listing lacks, or hold their deletions if they exceed the limit.

        A missing message is deleted only if its fetch gives 404 (INV-19). Held deletions wait for an
        operator. One call holds at most `limits.MOST_HELD`. `rows` is the number of stored messages to which
        the limit's share applies.

        Returns:
            The ids of the requested messages: all missing ones, or only drafts if the others are held.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        ids, held = await self._divided(request, missing, rows)
        if held:
            log.warning(
                "deletions_held", account_id=str(account_uuid(request.grant_id)), missing=len(held), rows=rows
            )
            metrics.FINDINGS.labels(request.kind, "held").inc(len(held))
            await publish_fitting(self._publisher, held_events(request, held[: limits.MOST_HELD], now_us()))
        requests: list[Event] = [_fetch_request(request, id_, MISSING, deletion_seen=True) for id_ in ids]
        metrics.FINDINGS.labels(request.kind, "missing").inc(len(ids))
        await publish_fitting(self._publisher, requests)
        return set(ids)

    async def _divided(
        self, request: SyncRequested, missing: Sequence[Entry], rows: int
    ) -> tuple[list[str], list[str]]:
        """Split missing messages into those to confirm and those to hold.

        Drafts do not count towards the limit. Clients save a draft repeatedly under new ids, so many ids
        disappear daily.
        """
        if not holds(len(missing), rows):
            return [entry.message_id for entry in missing], []
        known = await self._folders.list_folders(request.grant_id)
        places = {id_ for id_, folder in known.items() if folder.holds_drafts}
        drafts = [entry.message_id for entry in missing if not places.isdisjoint(entry.folders)]
        others = [entry.message_id for entry in missing if places.isdisjoint(entry.folders)]
        if holds(len(others), rows - len(drafts)):
            return drafts, others
        return [entry.message_id for entry in missing], []


async def compare_rest(
    chunks: AsyncIterator[list[Entry]], listed: set[str], *, began: UnixMicros
) -> Unlisted:
    """Count the stored messages in `chunks`, and find those that a complete listing of the same range lacks.

    Args:
        chunks: entries from `StoredIndex.list_entries_in_range`.
        listed: ids of all listed messages.
        began: from `missing_since`. Entries observed since then are not missing (see `unlisted`).
    """
    found = Unlisted()
    async for chunk in chunks:
        found.rows += len(chunk)
        found.missing += unlisted(chunk, listed, began=began)
    return found


def _fetch_request(
    request: SyncRequested, message_id: str, reason: str, *, deletion_seen: bool = False
) -> SyncWanted:
    return SyncWanted(
        grant_id=request.grant_id,
        kind=SyncKind.MESSAGE,
        reason=reason,
        message_id=message_id,
        deletion_seen=deletion_seen,
        lane=lane_of(request),
    )
