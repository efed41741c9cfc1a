"""How often accounts are synced, compared and audited, and how far back. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from math import isfinite

from mailtide_common.contracts.times import UnixSeconds

DAY_SECONDS = 86_400

NEVER_SECONDS = 3_650.0 * DAY_SECONDS
"""The sync interval if there is no timer. Then only cron runs, operators and events start syncs."""

NEVER = "never"
"""The setting's value for an empty list. An empty variable would count as unset."""

_DAYS = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class Windows:
    """How far back deltas compare Nylas' listing with the database, in seconds. 0 disables a window.

    A delta compares the widest window that is due, which includes the narrower ones. Until the first backfill
    has ended, deltas compare nothing.
    """

    short: int = DAY_SECONDS
    """Compared by every delta for which no wider window is due."""
    medium: int = 7 * DAY_SECONDS
    medium_interval: float = 3_600.0
    """Seconds between two comparisons of the medium window."""
    long: int = 30 * DAY_SECONDS
    long_interval: float = 86_400.0
    """Seconds between two comparisons of the long window."""


@dataclass(frozen=True, slots=True)
class SyncIntervals:
    """The operator's settings of when accounts are synced, and how far back."""

    sync_interval: float
    """Seconds between two deltas of an account; `NEVER_SECONDS`: no timer."""
    windows: Windows = Windows()
    audit_interval: float = 7.0 * DAY_SECONDS
    """Seconds between two periodic audits of an account; 0: none."""
    folder_interval: float = 3_600.0
    """Seconds between two periodic listings of an account's folders; 0: none."""
    proof_after: tuple[float, ...] = (3.0, 3_600.0, 86_400.0, 604_800.0)
    """Seconds from the end of a backfill to each audit that proves it. If empty, there are none."""
    backfill_start: str | None = None
    """How far back backfills and audits reach: a number of days, or a date (see `start_date`). None: to the
    oldest mail."""
    recheck_interval: float = 3_600.0
    """Seconds between two checks of an invalid grant."""
    stale_after: float = 900.0
    """Least seconds for which a delta is overdue before an incident opens. A restart of the workers must
    not open one."""

    def start_date(self, now: float) -> UnixSeconds | None:
        """Return the date of the oldest mail that a backfill or audit lists at `now`; None: no limit.

        `now` is in Unix seconds.
        """
        return None if self.backfill_start is None else start_date(self.backfill_start, now)


def start_date(text: str, now: float) -> UnixSeconds:
    """Return the time that `text` gives: a number of days before `now`, or the beginning of a date in UTC.

    `now` is in Unix seconds.

    Raises:
        ValueError: `text` is neither a number of up to five digits nor an ISO 8601 date, such as YYYY-MM-DD.
    """
    if _DAYS.fullmatch(text):
        return UnixSeconds(int(now) - int(text) * DAY_SECONDS)
    return UnixSeconds(int(datetime.combine(date.fromisoformat(text), time(), UTC).timestamp()))


def ascending_seconds(text: str) -> tuple[float, ...]:
    """Parse comma-separated numbers of seconds in ascending order. `never` becomes an empty tuple.

    Raises:
        ValueError: `text` has another form, or a number is not finite or not greater than the one before.
    """
    seconds = tuple(float(item) for item in text.split(",")) if text.strip() != NEVER else ()
    if any(not later > earlier for earlier, later in pairwise(seconds)) or not all(map(isfinite, seconds)):
        raise ValueError("must be ascending, finite numbers")
    return seconds
