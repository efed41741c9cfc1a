"""Reads this host's clock, and compares it with a server's clock."""

import time

from mailtide_common.contracts.times import UnixMicros


def now_us() -> UnixMicros:
    """Return the current time in microseconds since 1970."""
    return UnixMicros(time.time_ns() // 1_000)


def clock_difference(asked: int, theirs: int, answered: int) -> int:
    """Return the least difference between this host's clock and a server's clock, in microseconds. Pure.

    The result is positive if this host's clock is ahead, and negative if it is behind. It is 0 if `theirs` is
    between `asked` and `answered`, because the times then prove no difference.

    Args:
        asked: this host's time before the server's clock was read, in microseconds since 1970.
        theirs: the server's time, in microseconds since 1970.
        answered: this host's time when the answer arrived, in microseconds since 1970.
    """
    return max(asked - theirs, 0) + min(answered - theirs, 0)


def lead_text(seconds: float) -> str:
    """Return a difference in words: `9.0 s ahead of` if it is positive, else `9.0 s behind`. Pure."""
    return f"{seconds:.1f} s ahead of" if seconds > 0 else f"{-seconds:.1f} s behind"
