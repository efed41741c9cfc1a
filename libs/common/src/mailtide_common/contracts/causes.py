"""What caused an event, as its record's headers state it: the trace, and the receipt of a webhook."""

from typing import NamedTuple

from .times import UnixMicros
from .traces import TRACEPARENT

RECEIVED_AT = "received-at"
"""Header with the time of a webhook's receipt, in microseconds since 1970."""


class Cause(NamedTuple):
    """The cause of an event."""

    traceparent: str | None = None
    """W3C trace context that the event belongs to."""
    received_at: UnixMicros | None = None
    """Receipt of the webhook that is complete once this event is stored; on one event of each webhook at most, so that
    a webhook is measured once."""

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the headers of the event's record."""
        values = {
            TRACEPARENT: self.traceparent,
            RECEIVED_AT: None if self.received_at is None else str(self.received_at),
        }
        return [(name, value.encode()) for name, value in values.items() if value is not None]


UNKNOWN = Cause()


def received_at_of(text: str | None) -> UnixMicros | None:
    """Read the header `received-at`; None if it is absent or malformed."""
    usable = text and text.isascii() and text.isdecimal() and len(text) <= 18
    return UnixMicros(int(text)) if text and usable else None
