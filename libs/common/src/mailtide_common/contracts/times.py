"""Moments, with their unit in their type: a moment of one unit is refused where the other is meant."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, NewType

from pydantic import Field

UnixSeconds = NewType("UnixSeconds", Annotated[int, Field(json_schema_extra={"format": "unix-seconds"})])
"""Seconds since 1970-01-01 UTC: dates of mail, watermarks, positions of listings; the unit of Nylas."""

UnixMicros = NewType("UnixMicros", Annotated[int, Field(json_schema_extra={"format": "unix-microseconds"})])
"""Microseconds since 1970-01-01 UTC: observations and whatever else happens at a moment."""

BEGINNING = UnixMicros(0)
"""Before any observation."""

MICROSECONDS = 1_000_000
"""Microseconds of a second."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_seconds(moment: UnixMicros) -> UnixSeconds:
    """The second that a moment lies in."""
    return UnixSeconds(moment // MICROSECONDS)


def in_micros(moment: UnixSeconds) -> UnixMicros:
    """The beginning of a second."""
    return UnixMicros(moment * MICROSECONDS)


def of_milliseconds(milliseconds: int) -> UnixMicros:
    """A Kafka timestamp as a moment."""
    return UnixMicros(milliseconds * 1_000)


def of_datetime(moment: datetime) -> UnixMicros:
    """A moment of the standard library or of a database; exact, which its `timestamp()` as a float is not."""
    return UnixMicros((moment - EPOCH) // timedelta(microseconds=1))


def after(moment: UnixMicros, seconds: float) -> UnixMicros:
    """The moment so many seconds later; earlier with negative seconds."""
    return UnixMicros(moment + round(seconds * MICROSECONDS))
