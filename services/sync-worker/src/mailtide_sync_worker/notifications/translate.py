"""Translates a batch of notifications into events."""

import time
from collections.abc import Callable, Iterator, Sequence

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.events import Event, MessageContent, MessageState
from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_sync_worker import limits, metrics
from mailtide_sync_worker.known.state import KnownState
from mailtide_sync_worker.messages.compared_state import KnownMessage, MessageKey

from .interpret import interpret, is_new, message_id_of
from .notification import Notification, UnreadableNotificationError, read_notification
from .purged_grants import PurgedGrants
from .unknown_grants import UnknownGrants

log = get_logger(__name__)


class Translator:
    """Reads notifications, looks up the stored state, and publishes events and requests."""

    def __init__(
        self, index: KnownState, publisher: Publisher, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._index = index
        self._publisher = publisher
        self._introductions = UnknownGrants(index, clock=clock)
        self._purged = PurgedGrants(index, clock=clock)

    async def translate(self, records: Sequence[Record]) -> list[Parked]:
        """Publish the events that follow from a batch, and request the accounts of unknown grants.

        Notifications of purged grants and of unknown types are dropped. While Postgres is unavailable, all
        messages count as unknown, and no accounts of unknown grants are requested.

        Returns:
            The dead letters of records that are unreadable, or of which an event is too large for Kafka or
            cannot be encoded.

        Raises:
            TransientError: Kafka did not acknowledge the events; the whole batch can be repeated.
            ConfigurationError: as `postgres.connected_migrated`.
        """
        parked: list[Parked] = []
        read: list[tuple[Record, Notification]] = []
        for record in records:
            try:
                read.append((record, read_notification(record)))
            except UnreadableNotificationError as error:
                parked.append(_parked(record, error))
        read = await self._without_purged(read)
        known = await self._known([notification for _, notification in read])
        followed: list[tuple[Record, list[Event]]] = []
        for record, notification in read:
            try:
                followed.append((record, self._follow(notification, known)))
            except UnreadableNotificationError as error:
                parked.append(_parked(record, error))
        parked += await self._publish(followed)
        await self._introduce(followed, {notification.grant_id for _, notification in read})
        return parked

    async def _without_purged(
        self, read: list[tuple[Record, Notification]]
    ) -> list[tuple[Record, Notification]]:
        purged = await self._purged.among({notification.grant_id for _, notification in read})
        if not purged:
            return read
        kept = [(record, each) for record, each in read if each.grant_id not in purged]
        metrics.PURGED_GRANT_NOTIFICATIONS.inc(len(read) - len(kept))
        return kept

    async def _introduce(self, followed: Sequence[tuple[Record, list[Event]]], grants: set[str]) -> None:
        try:
            requests = await self._introductions.requests(
                grants, [e for _, events in followed for e in events]
            )
        except TransientError as error:
            log.info("grant_lookup_failed", reason=str(error))
            return
        await self._publisher.publish_all(requests)
        self._introductions.published(requests)

    async def _publish(self, followed: Sequence[tuple[Record, list[Event]]]) -> list[Parked]:
        """Publish all events; return the dead letters of records of which an event is refused."""
        try:
            await self._publisher.publish_caused(
                [each for record, events in followed for each in _caused(record, events)]
            )
        except PermanentError as error:
            if len(followed) == 1:
                return [Parked(followed[0][0], error.error_class, str(error))]
            middle = len(followed) // 2
            return await self._publish(followed[:middle]) + await self._publish(followed[middle:])
        return []

    def _follow(self, notification: Notification, known: dict[MessageKey, KnownMessage]) -> list[Event]:
        key = (notification.grant_id, message_id_of(notification) or "")
        events = interpret(notification, known.get(key))
        if events is None:
            metrics.UNKNOWN_NOTIFICATIONS.inc()
            log.info("notification_type_unknown", type=notification.base[:100])
            return []
        metrics.NOTIFICATIONS.labels(notification.base).inc()
        if notification.dated_ahead:
            metrics.NOTIFICATIONS_AHEAD.inc()
        return events

    async def _known(self, notifications: Sequence[Notification]) -> dict[MessageKey, KnownMessage]:
        """Return the stored messages that notifications concern; none if the database is unavailable.

        New messages (`is_new`) are not looked up, because that would delay live mail.
        """
        keys = {
            (notification.grant_id, message_id)
            for notification in notifications
            if (message_id := message_id_of(notification)) is not None and not is_new(notification)
        }
        try:
            return await self._index.list_messages(list(keys), timeout=limits.INDEX_QUERY_SECONDS)
        except TransientError as error:
            metrics.KNOWN_STATE_FAILURES.inc()
            log.warning("known_state_unavailable", reason=str(error))
            return {}


def _caused(record: Record, events: Sequence[Event]) -> Iterator[tuple[Event, Cause]]:
    """Yield events with their cause.

    Only the last event about mail has the time of receipt, because that event completes the row.
    """
    mail = [event for event in events if isinstance(event, MessageContent | MessageState)]
    for event in events:
        last = bool(mail) and event is mail[-1]
        yield event, Cause(record.traceparent, record.received_at if last else None)


def _parked(record: Record, error: Exception) -> Parked:
    return Parked(record, ErrorClass.UNREADABLE, str(error))
