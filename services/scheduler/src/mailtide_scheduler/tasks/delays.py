"""Delays between attempts, maximum numbers of attempts, and periodic intervals. Pure.

`draw` is a random number in [0, 1).
"""

from mailtide_common.contracts.events import SyncKind
from mailtide_common.runtime.retry import Backoff
from mailtide_nylas import MAX_RETRY_AFTER_SECONDS

FAILED_BACKOFF = Backoff(first_seconds=5.0, cap_seconds=900.0, jitter=1.0)
"""Between the attempts of a task that fails. The cap is the default interval between syncs."""

FORBIDDEN_BACKOFF = Backoff(first_seconds=60.0, cap_seconds=3_600.0)
"""Between attempts while consent is missing. It is slow, because connecting again makes the account due at
once."""

INVALID_RECHECK_SECONDS = 60.0
"""Delay of an account's tasks after its grant was found invalid. The account may have been connected again
a moment ago."""

RUN_RETRY_SECONDS = (0.5, 2.0)
"""Between the attempts of an account within a run. The delays are short, because a caller is waiting."""

THROTTLED_SECONDS = 30.0
"""Mean delay after a 429 without `Retry-After`."""

NOT_FOUND_SECONDS = (2.0, 10.0, 60.0)
"""Delays after a 404 for a message, by the number of earlier 404s in a row. Nylas announces messages that it
does not serve yet (docs: handling 404 responses). A message with more 404s in a row is considered gone."""

GIVE_UP_ATTEMPTS = 100
"""Maximum number of failed attempts to fetch a message or thread or to check an account. With
`FAILED_BACKOFF` they last about half a day."""

AUDIT_ATTEMPTS = 10
"""Maximum number of failed attempts at one slice of an audit. Periodic audits, if any, follow anyway."""


def run_retry_delay(attempts: int) -> float:
    """Return the seconds until a run retries an account.

    `attempts` is the number of the account's failed attempts in the run, at least 1.
    """
    return RUN_RETRY_SECONDS[min(attempts, len(RUN_RETRY_SECONDS)) - 1]


def throttled_delay(retry_after_seconds: float | None, draw: float) -> float:
    """Return for how many seconds calls for a grant are forbidden after the outcome `throttled`.

    This is `retry_after_seconds`, at most an hour, and up to a tenth more. If that is None, it is 15 to 45
    seconds.
    """
    if retry_after_seconds is None:
        return THROTTLED_SECONDS * (0.5 + draw)
    wanted = min(max(retry_after_seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
    return wanted * (1.0 + draw / 10.0)


def not_found_delay(not_found: int) -> float | None:
    """Return the seconds until a message is requested again after a 404; None if it is considered gone.

    `not_found` is the number of earlier 404s in a row.
    """
    return NOT_FOUND_SECONDS[not_found] if not_found < len(NOT_FOUND_SECONDS) else None


def spread(interval_seconds: float) -> tuple[float, float]:
    """Return the shortest length of a periodic interval, and the most to add to it, both in seconds.

    The caller adds a random part of the latter, which results in `interval_seconds` plus or minus 10%.
    Statements draw it for each row; `spread_interval` adds it to a single interval.
    """
    return interval_seconds * 0.9, interval_seconds * 0.2


def spread_interval(interval_seconds: float, draw: float) -> float:
    """Return `interval_seconds` plus or minus 10%, in seconds.

    Args:
        interval_seconds: the planned interval.
        draw: a random number from 0 to 1.
    """
    least, more = spread(interval_seconds)
    return least + more * draw


def most_attempts(kind: SyncKind) -> float:
    """Return the number of failed attempts after which a task is given up.

    It is infinite for deltas, backfills and purges.
    """
    match kind:
        case SyncKind.DELTA | SyncKind.BACKFILL | SyncKind.PURGE:
            return float("inf")
        case SyncKind.AUDIT:
            return AUDIT_ATTEMPTS
        case SyncKind.MESSAGE | SyncKind.THREAD | SyncKind.ACCOUNT:
            return GIVE_UP_ATTEMPTS
