"""The wall clock, in the unit in which Mailtide stores times, and its comparison with a server's."""

import time

from mailtide_common.contracts.times import UnixMicros


def now_us() -> UnixMicros:
    """Return the current time in microseconds since 1970."""
    return UnixMicros(time.time_ns() // 1_000)


def clock_difference(asked: int, theirs: int, answered: int) -> int:
    """Return by how much this host's clock is at least ahead of a server's, or, negative, behind it. Pure.

    The result is in microseconds. A slow response proves no difference: 0 if `theirs` is between the other two.

    Args:
        asked: this host's time before the server's clock was read, in microseconds since 1970, like all times.
        theirs: the server's time.
        answered: this host's time afterwards.
    """
    return max(asked - theirs, 0) + min(answered - theirs, 0)


def lead_text(seconds: float) -> str:
    """Return a difference of clocks in words, such as `9.0 s ahead of`; negative: `9.0 s behind`. Pure."""
    return f"{seconds:.1f} s ahead of" if seconds > 0 else f"{-seconds:.1f} s behind"
