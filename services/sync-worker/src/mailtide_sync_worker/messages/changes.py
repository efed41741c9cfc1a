"""Compares a page of listed messages with the stored ones. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailtide_common.contracts.events import Event, Lane
from mailtide_common.contracts.versions import Version

from .compared_state import KnownMessage, MessageKey
from .message import Message, content_event, read_message, state_event
from .nylas_json import Json


@dataclass(frozen=True, slots=True)
class Changes:
    """The events for new and differing messages, and the ids of these messages."""

    events: list[Event]
    changed: frozenset[str]


def read_page(items: Sequence[Json], grant_id: str) -> list[Message]:
    """Return the messages of a page, each once. Items without an id are dropped.

    If a page shows a message twice (docs: changelog 2026-10-07, IMAP), the last occurrence counts.
    """
    read = (read_message(item, grant_id) for item in items)
    return list({message.message_id: message for message in read if message is not None}.values())


def changes(
    messages: Sequence[Message], known: Mapping[MessageKey, KnownMessage], version: Version, lane: Lane
) -> Changes:
    """Return the events for all messages that are new or differ from the stored ones."""
    events: list[Event] = []
    changed: set[str] = set()
    for message in messages:
        stored = known.get((message.grant_id, message.message_id))
        news = _news(message, stored, version, lane)
        if news:
            events += news
            changed.add(message.message_id)
    return Changes(events, frozenset(changed))


def _news(message: Message, stored: KnownMessage | None, version: Version, lane: Lane) -> list[Event]:
    events: list[Event] = []
    if stored is None or stored.content_hash != message.content.content_hash:
        events.append(content_event(message, version, lane))
    if stored is None or _state_differs(message, stored):
        events.append(state_event(message, version, lane))
    return events


def _state_differs(message: Message, stored: KnownMessage) -> bool:
    state = message.state
    return stored.deleted or (
        (state.unread or False, state.starred or False, sorted(state.folders or ()))
        != (stored.unread, stored.starred, sorted(stored.folders))
    )
