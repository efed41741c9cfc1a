"""Versions, which determine the newer of two observations of the same message, folder or account (INV-13).

The order of arrival is meaningless, because webhooks are repeated and overtake each other. Therefore each
observation has a version, which begins with a time before which the observation was not made. A stored value
is replaced only by a value with a greater version.
"""

from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import BaseModel, ConfigDict

from .times import UnixMicros, UnixSeconds, after, in_micros, of_milliseconds

MAX_CLOCK_LEAD_SECONDS = 5
"""Maximum number of seconds by which the time of an observation may exceed the receipt of its notification,
or the timestamp of its record. A later time is replaced by this limit."""


class Source(StrEnum):
    """The origin of an observation."""

    NOTIFICATION = "notification"
    API = "api"
    FOLLOW_UP = "follow-up"
    """An API answer that was requested because two observations could not be ordered."""
    CONNECT = "connect"
    CONTROL = "control"
    """A decision of an operator or the scheduler, not an observation."""

    @property
    def rank(self) -> int:
        """The order of observations with equal times. The observation with the greater rank counts."""
        return _RANKS[self]


_RANKS = {
    Source.NOTIFICATION: 1,
    Source.CONNECT: 2,
    Source.API: 3,
    Source.FOLLOW_UP: 4,
    Source.CONTROL: 5,
}


class VersionKey(NamedTuple):
    """A version as it is compared and stored."""

    observed_at: UnixMicros
    rank: int
    event_id: str


class Version(BaseModel):
    """The time, source and id of an observation."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    observed_at: UnixMicros
    """The observation was made at this time or later."""
    source: Source
    event_id: str

    @property
    def key(self) -> VersionKey:
        """The tuple by which versions are compared. The greater tuple is the newer version."""
        return VersionKey(self.observed_at, self.source.rank, self.event_id)

    def not_after(self, record_ms: int) -> Self:
        """Return the version with a time that is limited by the record's timestamp (INV-15).

        The limit is `MAX_CLOCK_LEAD_SECONDS` after the timestamp. A replay yields the same version, because
        the timestamp never changes. Versions of decisions (`Source.CONTROL`) are not limited.

        Args:
            record_ms: the record's timestamp in milliseconds since 1970; 0 or less if it has none, and so no limit.
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

        Its time is the end of the second `event_time`, at most `MAX_CLOCK_LEAD_SECONDS` after the receipt.

        Args:
            event_time: the envelope's `time`.
            received_at: when the ingress received the notification.
            notification_id: the envelope's `id`, constant over delivery attempts.
        """
        end_of_second = in_micros(UnixSeconds(event_time + 1)) - 1
        ceiling = after(received_at, MAX_CLOCK_LEAD_SECONDS)
        return cls(
            observed_at=UnixMicros(max(0, min(end_of_second, ceiling))),
            source=Source.NOTIFICATION,
            event_id=notification_id,
        )
