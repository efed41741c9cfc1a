"""The wall clock, in the unit in which Mailtide stores times."""

import time


def now_us() -> int:
    """Return the time in microseconds since 1970."""
    return time.time_ns() // 1_000
