"""Numbers and times in words, for templates. Pure."""

import re
from datetime import UTC, datetime

from markupsafe import Markup, escape

MINUTE, HOUR, DAY = 60, 3_600, 86_400

NONE = "\u2013"
"""An en dash."""

CODE = re.compile("`([^`]+)`")


def number(value: float | None) -> str:
    """Return a number, rounded to an integer, with commas between thousands; a dash for None."""
    if value is None:
        return NONE
    return f"{value:,.0f}"


def size(value: float) -> str:
    """Return a number of bytes in B, KB, MB or GB (powers of 1,000)."""
    for unit in ("B", "KB", "MB"):
        if value < 1_000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1_000
    return f"{value:.1f} GB"


def duration(seconds: float | None) -> str:
    """Return a span of time as text, such as `2 d 3 h`, `4 min` or `40 ms`; a dash for None."""
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
    """Return how long ago a time was, or how far ahead it is: `now` within 2 seconds, `never` for None."""
    if moment is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if abs(seconds) < 2:
        return "now"
    return f"{duration(seconds)} ago" if seconds > 0 else f"in {duration(-seconds)}"


def clock(moment: datetime) -> str:
    """Return a time in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def coded(text: str) -> Markup:
    """Return a text as HTML, with `<code>` around text between backticks.

    `str` is needed, because `re.sub` on a `Markup` (MarkupSafe 3) would escape the tags.
    """
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def when(moment: datetime | None, now: datetime | None = None, none: str = "never") -> Markup:
    """Return a time as an HTML element: relative to now, with the absolute time as its title.

    If `moment` is None, the element's text is the argument `none`.
    """
    if moment is None:
        return Markup('<span class="muted">{}</span>').format(none)
    at = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), clock(at), ago(at, now))


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun; the plural defaults to the singular with an `s`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(share: float | None) -> str:
    """Return a share (0 to 1) as text in percent, rounded down; a dash for None."""
    if share is None:
        return NONE
    return f"{min(99, int(share * 100)) if share < 1 else 100} %"


FILTERS = {
    "number": number,
    "size": size,
    "duration": duration,
    "ago": ago,
    "clock": clock,
    "coded": coded,
    "when": when,
    "plural": plural,
    "percent": percent,
}
