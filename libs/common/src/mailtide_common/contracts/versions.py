"""The version guard: decides which of two observations of one thing is newer (INV-13).

The order of arrival means nothing: webhooks repeat and overtake each other, and an API answer may be under way at
the same time. So every observation states when it was true at the earliest, and a row changes only if the new
version is greater. Ties have a deterministic winner.
"""

from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict

from .times import UnixMicros, UnixSeconds, after, in_micros, of_milliseconds

MAX_CLOCK_LEAD_SECONDS = 5
"""Longest time by which an observation may be ahead of its receipt, or of its record's timestamp; beyond it,
the receipt or the timestamp is used instead."""


class Source(StrEnum):
    """The origin of an observation."""

    NOTIFICATION = "notification"
    API = "api"
    FOLLOW_UP = "follow-up"
    """An API answer that was requested because two observations could not be ordered."""
    CONNECT = "connect"
    CONTROL = "control"
    """Decided by an operator or the scheduler, not observed."""

    @property
    def rank(self) -> int:
        """The tie-break between observations of the same microsecond; the greater wins."""
        return _RANKS[self]


_RANKS = {
    Source.NOTIFICATION: 1,
    Source.CONNECT: 2,
    Source.API: 3,
    Source.FOLLOW_UP: 4,
    Source.CONTROL: 5,
}


class VersionKey(NamedTuple):
    """A version in the form in which it is compared and stored."""

    observed_at: UnixMicros
    rank: int
    event_id: str


class Version(BaseModel):
    """The time and the source of an observation."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    observed_at: UnixMicros
    """The observed thing was in this state at this moment or later."""
    source: Source
    event_id: str

    @property
    def key(self) -> VersionKey:
        """The tuple that decides which version is newer."""
        return VersionKey(self.observed_at, self.source.rank, self.event_id)

    def not_after(self, record_ms: int) -> Self:
        """Return the version, limited to a few seconds after its record's timestamp, for observers with a fast clock.

        The record's timestamp never changes, so a replay decides like the first reading. Decisions of an operator or
        the scheduler are not observations: they always outrank what is stored.

        INV-15.

        Args:
            record_ms: the record's timestamp, in milliseconds since 1970; 0 or less: it has none.
        """
        ceiling = after(of_milliseconds(record_ms), MAX_CLOCK_LEAD_SECONDS)
        if record_ms <= 0 or self.observed_at <= ceiling or self.source is Source.CONTROL:
            return self
        return self.model_copy(update={"observed_at": ceiling})

    @classmethod
    def of_notification(
        cls, *, event_time: UnixSeconds, received_at: UnixMicros, notification_id: str
    ) -> Self:
        """Return the version of a notification's data.

        Args:
            event_time: the envelope's `time`.
            received_at: when the ingress received it.
            notification_id: the envelope's `id`, constant over delivery attempts.
        """
        end_of_second = in_micros(UnixSeconds(event_time + 1)) - 1
        ceiling = after(received_at, MAX_CLOCK_LEAD_SECONDS)
        return cls(
            observed_at=UnixMicros(max(0, min(end_of_second, ceiling))),
            source=Source.NOTIFICATION,
            event_id=notification_id,
        )
