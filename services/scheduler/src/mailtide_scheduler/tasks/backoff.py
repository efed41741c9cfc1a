"""When something is due. Pure: numbers in, seconds out; `draw` is a random number in [0, 1)."""

from mailtide_common.contracts.events import SyncKind
from mailtide_scheduler import limits


def failed_delay(attempts: int, draw: float) -> float:
    """Seconds until a task that failed is tried again: exponential, full jitter, capped.

    Args:
        attempts: failed tries before this one.
        draw: spreads the tries, so that an outage's end is no avalanche.
    """
    ceiling = min(limits.FAILED_CAP_SECONDS, limits.FAILED_FIRST_SECONDS * 2.0 ** min(attempts, 16))
    return ceiling * draw


def forbidden_delay(attempts: int, draw: float) -> float:
    """Seconds until the next call for a grant without consent to read mail: only its owner can change that."""
    ceiling = min(limits.FORBIDDEN_CAP_SECONDS, limits.FORBIDDEN_FIRST_SECONDS * 2.0 ** min(attempts, 16))
    return ceiling * (0.5 + draw / 2.0)


def run_retry_delay(attempts: int) -> float:
    """Seconds until a run tries an account again that failed `attempts` times in it."""
    return limits.RUN_RETRY_SECONDS[min(attempts, len(limits.RUN_RETRY_SECONDS)) - 1]


def throttled_delay(retry_after_seconds: float | None, draw: float) -> float:
    """Seconds without calls after a 429: what the provider says and a little more, never less."""
    if retry_after_seconds is None:
        return limits.THROTTLED_SECONDS * (0.5 + draw)
    wanted = min(max(retry_after_seconds, 0.0), limits.MAX_THROTTLED_SECONDS)
    return wanted * (1.0 + draw / 10.0)


def not_found_delay(attempts: int) -> float | None:
    """Seconds until a message that is not there is asked for again; None: it is gone."""
    return limits.NOT_FOUND_SECONDS[attempts] if attempts < len(limits.NOT_FOUND_SECONDS) else None


def next_turn(interval_seconds: float, draw: float) -> float:
    """Seconds until an account's next delta: the interval, spread by a tenth either way."""
    return interval_seconds * (0.9 + 0.2 * draw)


def ensure_delay(attempts: int, draw: float) -> float:
    """Seconds until the webhook destination is tried again, after `attempts` failures in a row."""
    ceiling = min(limits.ENSURE_CAP_SECONDS, limits.ENSURE_FIRST_SECONDS * 2.0 ** min(attempts - 1, 16))
    return ceiling * (0.5 + draw / 2.0)


def most_attempts(kind: SyncKind) -> float:
    """Tries until a task is given up. What goes over a whole mailbox, or removes a person's mail, never is."""
    match kind:
        case SyncKind.DELTA | SyncKind.BACKFILL | SyncKind.PURGE:
            return float("inf")
        case SyncKind.AUDIT:
            return limits.AUDIT_ATTEMPTS
        case SyncKind.MESSAGE | SyncKind.THREAD | SyncKind.ACCOUNT:
            return limits.GIVE_UP_ATTEMPTS
