"""Types for times in seconds and microseconds, which mypy keeps apart, and conversions."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, NewType, overload

from pydantic import Field

UnixSeconds = NewType("UnixSeconds", Annotated[int, Field(json_schema_extra={"format": "unix-seconds"})])
"""Seconds since 1970-01-01 UTC, Nylas' unit: dates of mail, watermarks, positions of listings."""

UnixMicros = NewType("UnixMicros", Annotated[int, Field(json_schema_extra={"format": "unix-microseconds"})])
"""Microseconds since 1970-01-01 UTC: times of observations and other events."""

BEGINNING = UnixMicros(0)
"""A time before any observation."""

MICROSECONDS = 1_000_000
"""Microseconds in a second."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_seconds(moment: UnixMicros) -> UnixSeconds:
    """Convert to seconds, rounding down."""
    return UnixSeconds(moment // MICROSECONDS)


def in_micros(moment: UnixSeconds) -> UnixMicros:
    """Convert to microseconds. The result is the beginning of the second."""
    return UnixMicros(moment * MICROSECONDS)


def of_milliseconds(milliseconds: int) -> UnixMicros:
    """Convert from milliseconds since 1970, the unit of Kafka's timestamps."""
    return UnixMicros(milliseconds * 1_000)


def of_datetime(moment: datetime) -> UnixMicros:
    """Convert from a `datetime` with a UTC offset.

    The result is exact, unlike the float `moment.timestamp()`.
    """
    return UnixMicros((moment - EPOCH) // timedelta(microseconds=1))


@overload
def in_datetime(moment: int) -> datetime: ...
@overload
def in_datetime(moment: int | None) -> datetime | None: ...
def in_datetime(moment: int | None) -> datetime | None:
    """Convert microseconds since 1970 to a `datetime` in UTC. None gives None."""
    return None if moment is None else EPOCH + timedelta(microseconds=moment)


def after(moment: UnixMicros, seconds: float) -> UnixMicros:
    """Return the time that is `seconds` later than `moment`, or earlier if the number is negative."""
    return UnixMicros(moment + round(seconds * MICROSECONDS))
