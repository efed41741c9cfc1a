"""Computes delays of tasks and runs; `limits.py` has their numbers, and the back-off of failed tasks.

Pure: numbers in, seconds out; `draw` is a random number in [0, 1).
"""

from mailtide_common.contracts.events import SyncKind
from mailtide_scheduler import limits


def run_retry_delay(attempts: int) -> float:
    """Return the seconds until a run retries an account that has failed `attempts` times in it."""
    return limits.RUN_RETRY_SECONDS[min(attempts, len(limits.RUN_RETRY_SECONDS)) - 1]


def throttled_delay(retry_after_seconds: float | None, draw: float) -> float:
    """Return the seconds without calls after a 429: the provider's time and a little more, never less."""
    if retry_after_seconds is None:
        return limits.THROTTLED_SECONDS * (0.5 + draw)
    wanted = min(max(retry_after_seconds, 0.0), limits.MAX_THROTTLED_SECONDS)
    return wanted * (1.0 + draw / 10.0)


def not_found_delay(attempts: int) -> float | None:
    """Return the seconds until a missing message is requested again; None: it is considered gone."""
    return limits.NOT_FOUND_SECONDS[attempts] if attempts < len(limits.NOT_FOUND_SECONDS) else None


def spread_interval(interval_seconds: float, draw: float) -> float:
    """Return the seconds until an account's next delta: the interval, spread by a tenth either way."""
    return interval_seconds * (0.9 + 0.2 * draw)


def most_attempts(kind: SyncKind) -> float:
    """Return after how many attempts a task is given up; those over a whole mailbox, and purges, never are."""
    match kind:
        case SyncKind.DELTA | SyncKind.BACKFILL | SyncKind.PURGE:
            return float("inf")
        case SyncKind.AUDIT:
            return limits.AUDIT_ATTEMPTS
        case SyncKind.MESSAGE | SyncKind.THREAD | SyncKind.ACCOUNT:
            return limits.GIVE_UP_ATTEMPTS
