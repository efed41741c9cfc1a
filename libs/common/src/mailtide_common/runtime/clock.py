"""The wall clock, in the unit in which Mailtide stores times."""

import time

from mailtide_common.contracts.times import UnixMicros


def now_us() -> UnixMicros:
    """Return the current time in microseconds since 1970."""
    return UnixMicros(time.time_ns() // 1_000)
