"""The cause of an event, as headers of its record: the trace, and when the webhook was received."""

from typing import NamedTuple

from .times import UnixMicros
from .traces import TRACEPARENT

RECEIVED_AT = "received-at"
"""Header with the time at which the webhook was received, in microseconds since 1970."""


class Cause(NamedTuple):
    """The cause of an event; None for what is unknown."""

    traceparent: str | None = None
    """W3C trace context of the event."""
    received_at: UnixMicros | None = None
    """When the webhook was received. Only the last of a webhook's events about mail has this time, so that
    the delay of the webhook is measured once."""

    def headers(self) -> list[tuple[str, bytes]]:
        """Return a header for each known part of the cause."""
        values = {
            TRACEPARENT: self.traceparent,
            RECEIVED_AT: None if self.received_at is None else str(self.received_at),
        }
        return [(name, value.encode()) for name, value in values.items() if value is not None]


UNKNOWN = Cause()


def received_at_of(text: str | None) -> UnixMicros | None:
    """Return the time in the header `received-at`, or None if the header is absent or malformed."""
    usable = text and text.isascii() and text.isdecimal() and len(text) <= 18
    return UnixMicros(int(text)) if text and usable else None
