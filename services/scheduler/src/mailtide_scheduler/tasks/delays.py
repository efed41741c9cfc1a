"""Delays between the attempts of tasks and runs, and how many attempts there are.

Pure; `draw` is a random number in [0, 1).
"""

from mailtide_common.contracts.events import SyncKind
from mailtide_common.runtime.retry import Backoff
from mailtide_nylas import MAX_RETRY_AFTER_SECONDS

FAILED_BACKOFF = Backoff(first_seconds=5.0, cap_seconds=900.0, jitter=1.0)
"""Between the attempts of a task that fails; the cap is the default interval between syncs."""

FORBIDDEN_BACKOFF = Backoff(first_seconds=60.0, cap_seconds=3_600.0)
"""While consent is missing. It can be slow, because connecting again makes the account due at once."""

INVALID_RECHECK_SECONDS = 60.0
"""Delay of an account's tasks after its grant was found invalid: it may have been connected again a moment ago."""

RUN_RETRY_SECONDS = (0.5, 2.0)
"""Between the attempts within a run: short, because a caller is waiting."""

THROTTLED_SECONDS = 30.0
"""After a 429 without `Retry-After`."""

NOT_FOUND_SECONDS = (2.0, 10.0, 60.0)
"""After a 404 for a message, because Nylas announces messages that it does not serve yet (docs: handling 404
responses); after the last one the message is considered gone."""

GIVE_UP_ATTEMPTS = 100
"""Attempts for one message, thread or account status: about half a day at the cap of `FAILED_BACKOFF`."""

AUDIT_ATTEMPTS = 10
"""Attempts of an audit; the next periodic audit follows anyway."""


def run_retry_delay(attempts: int) -> float:
    """Return the seconds until a run retries an account that has failed `attempts` times in it, at least once."""
    return RUN_RETRY_SECONDS[min(attempts, len(RUN_RETRY_SECONDS)) - 1]


def throttled_delay(retry_after_seconds: float | None, draw: float) -> float:
    """Return the seconds without calls after a 429: `Retry-After`, at most an hour, and up to a tenth more.

    Without `Retry-After`, 15 to 45 seconds.
    """
    if retry_after_seconds is None:
        return THROTTLED_SECONDS * (0.5 + draw)
    wanted = min(max(retry_after_seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
    return wanted * (1.0 + draw / 10.0)


def not_found_delay(attempts: int) -> float | None:
    """Return the seconds until a message is requested again after `attempts` earlier 404s; None: consider it gone."""
    return NOT_FOUND_SECONDS[attempts] if attempts < len(NOT_FOUND_SECONDS) else None


def spread(interval_seconds: float) -> tuple[float, float]:
    """Return the least seconds between two syncs, audits or listings of an account, and the most added at random.

    Together they are the interval, spread by a tenth either way. Statements draw a random number for each row.
    """
    return interval_seconds * 0.9, interval_seconds * 0.2


def spread_interval(interval_seconds: float, draw: float) -> float:
    """Return the seconds until an account's next sync, audit or listing, spread as by `spread`."""
    least, more = spread(interval_seconds)
    return least + more * draw


def most_attempts(kind: SyncKind) -> float:
    """Return after how many failed attempts a task is given up: infinity for deltas, backfills and purges."""
    match kind:
        case SyncKind.DELTA | SyncKind.BACKFILL | SyncKind.PURGE:
            return float("inf")
        case SyncKind.AUDIT:
            return AUDIT_ATTEMPTS
        case SyncKind.MESSAGE | SyncKind.THREAD | SyncKind.ACCOUNT:
            return GIVE_UP_ATTEMPTS
