"""Numbers and times in words, for templates. Pure."""

from datetime import UTC, datetime, timedelta
from typing import overload

from markupsafe import Markup

MINUTE, HOUR, DAY = 60, 3_600, 86_400

NONE = "\u2013"
"""An en dash."""


def number(value: float | None) -> str:
    """Return a number with thin thousands separators; a dash for none."""
    if value is None:
        return NONE
    return f"{value:,.0f}".replace(",", "\u2009")


def size(value: float) -> str:
    """Return bytes in a fitting unit."""
    for unit in ("B", "KB", "MB"):
        if value < 1_000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1_000
    return f"{value:.1f} GB"


def duration(seconds: float | None) -> str:
    """Return a span of time as text, such as `2 d 3 h`, `5 h 1 min`, `4 min`, `12 s` or `40 ms`; a dash for None."""
    if seconds is None:
        return NONE
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for unit, one, smaller, name in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min")):
        if seconds >= unit:
            rest = int(seconds % unit // smaller)
            return f"{int(seconds // unit)} {one}" + (f" {rest} {name}" if rest else "")
    return f"{int(seconds // MINUTE)} min" if seconds >= MINUTE else f"{seconds:.0f} s"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago a moment was, or in how long it will be."""
    if moment is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if abs(seconds) < 2:
        return "now"
    return f"{duration(seconds)} ago" if seconds > 0 else f"in {duration(-seconds)}"


def clock(moment: datetime) -> str:
    """Return a moment in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def when(moment: datetime | None, now: datetime | None = None, none: str = "never") -> Markup:
    """Return a moment as an element: relative to read, absolute to point at."""
    if moment is None:
        return Markup('<span class="muted">{}</span>').format(none)
    at = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), clock(at), ago(at, now))


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(share: float | None) -> str:
    """Return a share in percent; never 100 % before it is whole."""
    if share is None:
        return NONE
    return f"{min(99, int(share * 100)) if share < 1 else 100} %"


@overload
def from_micros(micros: int) -> datetime: ...
@overload
def from_micros(micros: int | None) -> datetime | None: ...
def from_micros(micros: int | None) -> datetime | None:
    """Return a moment from microseconds since 1970."""
    return None if micros is None else datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)


FILTERS = {
    "number": number,
    "size": size,
    "duration": duration,
    "ago": ago,
    "clock": clock,
    "when": when,
    "plural": plural,
    "percent": percent,
}
