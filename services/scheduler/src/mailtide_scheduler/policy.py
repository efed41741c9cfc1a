"""Determines how often accounts are synced, and how far back. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from math import isfinite

from mailtide_common.contracts.times import UnixSeconds

DAY_SECONDS = 86_400

NEVER_SECONDS = 3_650.0 * DAY_SECONDS
"""Delay of an account's next sync without a timer: only cron runs, operators and events make it due."""

NEVER = "never"
"""The value of a list setting that is empty, because an empty variable counts as unset."""

_DAYS = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class Windows:
    """How far back deltas compare the index with the database, in rotation; seconds, 0 disables one.

    The widest window that is due is compared, so each is compared at least as often as its interval says.
    """

    short: int = DAY_SECONDS
    """Compared by each delta."""
    medium: int = 7 * DAY_SECONDS
    medium_interval: float = 3_600.0
    long: int = 30 * DAY_SECONDS
    long_interval: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's settings of how accounts are synced."""

    sync_interval: float
    """Seconds between two deltas of an account; NEVER_SECONDS: no timer."""
    windows: Windows = Windows()
    audit_interval: float = 7.0 * DAY_SECONDS
    """Seconds between two audits of an account; 0: none."""
    folder_interval: float = 3_600.0
    """Seconds between two listings of an account's folders; 0: only when something names them."""
    proof_after: tuple[float, ...] = (3.0, 3_600.0, 86_400.0, 604_800.0)
    """Seconds after a backfill when audits prove it; empty: it stays unproven until the next audit."""
    backfill_start: str | None = None
    """Age from which mail is not fetched; see `start_date`."""
    recheck_interval: float = 3_600.0
    """Seconds between two checks of a dead grant."""

    def start_date(self, now: float) -> UnixSeconds | None:
        """Return the start of a backfill that begins at `now` (unix seconds)."""
        return None if self.backfill_start is None else start_date(self.backfill_start, now)


def start_date(text: str, now: float) -> UnixSeconds:
    """Return the start of a number of days before now, or of the beginning of a date in UTC.

    Raises:
        ValueError: the text is neither.
    """
    if _DAYS.fullmatch(text):
        return UnixSeconds(int(now) - int(text) * DAY_SECONDS)
    return UnixSeconds(int(datetime.combine(date.fromisoformat(text), time(), UTC).timestamp()))


def ascending_seconds(text: str) -> tuple[float, ...]:
    """Parse comma-separated numbers of seconds, each greater than the one before; `never` gives none.

    Raises:
        ValueError: the text is anything else.
    """
    seconds = tuple(float(item) for item in text.split(",")) if text.strip() != NEVER else ()
    if any(not later > earlier for earlier, later in pairwise(seconds)) or not all(map(isfinite, seconds)):
        raise ValueError("not ascending")
    return seconds
