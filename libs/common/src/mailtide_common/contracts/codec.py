"""Encodes events as Kafka records, and decodes such records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from pydantic import ValidationError
from pydantic_core import to_json

from .causes import RECEIVED_AT, UNKNOWN, Cause, received_at_of
from .cloudevents import PREFIX, attribute_headers
from .events import EVENT_TYPES, Account, Event, Folder, MessageContent, MessageState
from .times import UnixMicros
from .traces import TRACEPARENT, valid_traceparent

Headers = Sequence[tuple[str, bytes | None]]

_BY_TYPE = {event.type: event for event in EVENT_TYPES}


@dataclass(frozen=True, slots=True)
class Record:
    """A record as read from Kafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int
    trace: str | None = None
    """W3C trace context of the span that processes the record; None if there is no such span."""

    def header(self, name: str) -> str | None:
        """Return the last value of a header as text, or None. Invalid UTF-8 becomes U+FFFD."""
        for key, value in reversed(self.headers):
            if key == name and value is not None:
                return value.decode("utf-8", "replace")
        return None

    def attribute(self, name: str) -> str | None:
        """Return the header `name`, or else the CloudEvents header `ce_` + `name`, or else None."""
        own = self.header(name)
        return self.header(f"{PREFIX}{name}") if own is None else own

    @property
    def traceparent(self) -> str | None:
        """The W3C trace context: `trace` if set, or else that of the headers if valid, or else None."""
        return self.trace or valid_traceparent(self.attribute(TRACEPARENT))

    @property
    def received_at(self) -> UnixMicros | None:
        """When the webhook was received (see `Cause.received_at`); None if unknown."""
        return received_at_of(self.header(RECEIVED_AT))

    @property
    def place(self) -> tuple[int, int]:
        """The partition and offset, which identify the record within its topic."""
        return self.partition, self.offset

    @property
    def key_text(self) -> str:
        """The key as text; empty if there is none. Invalid UTF-8 becomes U+FFFD."""
        return (self.key or b"").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Encoded:
    """Key, value and headers of a record to send."""

    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A record without a value. The data under its key was purged, or never existed (`keys.ROLL`)."""

    key: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The result of decoding a record that contains no known event."""

    reason: str


def encode(event: Event, *, source: str, cause: Cause = UNKNOWN) -> Encoded:
    """Encode an event as a record with a new id and the current time.

    `source` is the name of the publishing service.

    Raises:
        UnicodeError: the key contains a lone surrogate.
        PydanticSerializationError: the event contains a lone surrogate.
    """
    headers = attribute_headers(uuid4().hex, event.type, datetime.now(UTC).isoformat(), source)
    return Encoded(event.key.encode(), to_json(event), headers + cause.headers())


def decode(record: Record) -> Event | Tombstone | Unreadable:
    """Return the event of a record.

    Return a `Tombstone` if the record has no value, and `Unreadable` if it contains no known event. The
    version of a message, folder or account is limited by `Version.not_after`.
    """
    if record.value is None:
        return Tombstone(record.key_text)
    event_type = record.attribute("type")
    if event_type is None:
        return Unreadable("the record has no type header")
    model = _BY_TYPE.get(event_type)
    if model is None:
        return Unreadable(f"unknown event type {event_type[:100]!r}")
    try:
        event = model.model_validate_json(record.value)
    except ValidationError as error:
        return Unreadable(_without_input(error))
    return _bounded(event, record.timestamp_ms)


def _bounded(event: Event, record_ms: int) -> Event:
    if not isinstance(event, MessageContent | MessageState | Folder | Account):
        return event
    version = event.version.not_after(record_ms)
    return event if version is event.version else event.model_copy(update={"version": version})


def _without_input(error: ValidationError) -> str:
    """Return locations and types of the first errors. Values are omitted, because they may be mail."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['type']}" for p in problems[:5])
