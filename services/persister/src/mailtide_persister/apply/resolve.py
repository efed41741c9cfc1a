"""Selects the newest content and state of a message from the stored ones and a batch. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TypeVar

from mailtide_common.contracts.events import MessageContent, MessageState
from mailtide_common.contracts.versions import Source, Version
from mailtide_persister.rows.rows import version_key
from mailtide_persister.rows.text import clean

from .conflict import Conflict, Seen, ambiguous, emptied, state_value
from .observations import Observation
from .store import StoredMessage

M = TypeVar("M", MessageContent, MessageState)

CONTENT_PARTS = ("subject", "snippet", "body", "from_", "to", "cc", "bcc", "reply_to", "attachments")
"""Fields of `MessageContent` that stay as they are if a notification lacks them. Only a fetch empties
them."""

ROW_BYTES = 1_000
"""Approximate bytes of a row without its content."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The parts of a message to write, and the conflict if there is one."""

    content: MessageContent | None
    state: MessageState | None
    conflict: Conflict | None
    size: int
    """Approximate bytes to send to Postgres."""

    @property
    def changes(self) -> int:
        """The number of parts to write: 0 to 2."""
        return (self.content is not None) + (self.state is not None)


def resolve(
    stored: StoredMessage | None,
    observations: Sequence[Observation[MessageContent | MessageState]],
    window: int,
) -> Resolved:
    """Return the parts of a message that are newer than the stored ones, and the conflict, if any.

    A state that waited for its content is returned with the content. If the content of a notification lacks
    parts of an older content, there is a conflict. It is then returned only if it arrived before the older
    content.

    Args:
        stored: the stored parts; None for a new message.
        observations: in the order of the log.
        window: a notification and another observation have no known order if their times differ by at most
            this many microseconds.
    """
    contents = [o.event for o in observations if isinstance(o.event, MessageContent)]
    states = [o.event for o in observations if isinstance(o.event, MessageState)]
    content, content_conflicts = _newest(_stored_content(stored), contents, _seen_content, window)
    state, state_conflicts = _newest(_stored_state(stored), states, _seen_state, window)
    conflicts = content_conflicts + state_conflicts
    if stored is not None and stored.withheld and content is not None and state is None:
        state = _withheld_state(stored, content)
    size = sum(len(o.record.value or b"") for o in observations if o.event is content)
    return Resolved(content, state, reduce(or_, conflicts) if conflicts else None, ROW_BYTES + size)


def _withheld_state(stored: StoredMessage, content: MessageContent) -> MessageState | None:
    """Return the state that waited for this content, as an event, or None."""
    if stored.state is None:
        return None
    observed_at, rank, event_id = stored.state
    source = next(source for source in Source if source.rank == rank)
    return MessageState(
        grant_id=content.grant_id,
        message_id=content.message_id,
        version=Version(observed_at=observed_at, source=source, event_id=event_id),
        unread=not stored.is_read and not stored.deleted,
        starred=stored.is_starred,
        folders=stored.folders,
        deleted=stored.deleted,
    )


def _newest(
    best: Seen | None, events: Sequence[M], seen_as: Callable[[M], Seen], window: int
) -> tuple[M | None, list[Conflict]]:
    if best is None and len(events) == 1:
        return events[0], []
    newest: M | None = None
    conflicts: list[Conflict] = []
    for event in events:
        if best is not None and best.version == version_key(event.version):
            continue  # the same observation once more, as in every record of a replay
        seen = seen_as(event)
        conflict = None if best is None else ambiguous(best, seen, window)
        if conflict is not None:
            conflicts.append(conflict)
        loss = None if best is None else emptied(best, seen)
        if loss is not None:
            conflicts.append(loss)
        if best is None or (seen.version > best.version and loss is None):
            best, newest = seen, event
    return newest, conflicts


def _seen_content(event: MessageContent) -> Seen:
    filled = frozenset(name for name in CONTENT_PARTS if getattr(event, name))
    return Seen(version_key(event.version), clean(event.content_hash), filled=filled)


def _seen_state(event: MessageState) -> Seen:
    value = state_value(
        unread=event.unread,
        starred=event.starred,
        folders=tuple(clean(folder) for folder in event.folders),
        deleted=event.deleted,
    )
    return Seen(version_key(event.version), value, event.deleted)


def _stored_content(stored: StoredMessage | None) -> Seen | None:
    if stored is None or stored.content is None:
        return None
    return Seen(stored.content, stored.content_hash, filled=stored.filled)


def _stored_state(stored: StoredMessage | None) -> Seen | None:
    if stored is None or stored.state is None:
        return None
    value = state_value(
        unread=not stored.is_read, starred=stored.is_starred, folders=stored.folders, deleted=stored.deleted
    )
    return Seen(stored.state, value, stored.deleted)
