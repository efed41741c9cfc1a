"""Publishes events of which some may be too large for a record, without blocking the others (INV-6)."""

from collections.abc import Sequence
from typing import NamedTuple

from mailtide_common.contracts.events import Address, Attachment, Event, MessageContent, MessageState
from mailtide_common.runtime.errors import PermanentError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_sync_worker import limits, metrics

log = get_logger(__name__)


class LeftOut(NamedTuple):
    """An event that was not published, and the reason."""

    event: Event
    error: PermanentError


async def publish_fitting(publisher: Publisher, events: Sequence[Event]) -> list[LeftOut]:
    """Publish events in order. Content that is too large for Kafka is cut and marked as `sanitised`.

    If an event is refused, others may be published twice.

    Returns:
        The events that fit into no record even after cutting, or cannot be encoded. They are counted and
        logged.

    Raises:
        TransientError: Kafka is unavailable.
    """
    try:
        await publisher.publish_all(events)
    except PermanentError as error:
        if len(events) > 1:
            middle = len(events) // 2
            first = await publish_fitting(publisher, events[:middle])
            return first + await publish_fitting(publisher, events[middle:])
        return await _publish_cut(publisher, events[0], error)
    return []


async def _publish_cut(publisher: Publisher, event: Event, refusal: PermanentError) -> list[LeftOut]:
    try:
        if not isinstance(event, MessageContent):
            raise refusal
        await publisher.publish(cut(event))
    except PermanentError as error:
        metrics.UNPUBLISHABLE_EVENTS.labels(event.type).inc()
        log.warning("event_omitted", type=event.type, reason=str(error))
        return [LeftOut(event, error)]
    return []


def refused_messages(left_out: Sequence[LeftOut]) -> dict[str, PermanentError]:
    """Return, by message id, why a message's content or state was not published.

    If neither was published, the reason is that of the later event.
    """
    return {
        event.message_id: error
        for event, error in left_out
        if isinstance(event, MessageContent | MessageState)
    }


def cut(content: MessageContent) -> MessageContent:
    """Return a content cut to fit into a record and marked as `sanitised`. Its hashes are unchanged."""
    people = {
        name: tuple(
            Address(name=_short(person.name), email=_short(person.email))
            for person in getattr(content, name)[: limits.CUT_ENTRIES]
        )
        for name in ("from_", "to", "cc", "bcc", "reply_to")
    }
    attachments = tuple(
        Attachment(
            id=part.id[: limits.CUT_CHARACTERS],
            filename=_short(part.filename),
            content_type=_short(part.content_type),
            size=part.size,
            content_id=_short(part.content_id),
            is_inline=part.is_inline,
        )
        for part in content.attachments[: limits.CUT_ENTRIES]
    )
    texts = {"subject": _short(content.subject), "snippet": _short(content.snippet)}
    body = None if content.body is None else content.body[: limits.CUT_BODY_CHARACTERS]
    return content.model_copy(
        update={**people, **texts, "body": body, "attachments": attachments, "sanitised": True}
    )


def _short(text: str | None) -> str | None:
    return None if text is None else text[: limits.CUT_CHARACTERS]
