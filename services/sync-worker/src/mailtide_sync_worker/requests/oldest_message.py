"""Finds the date of a mailbox's oldest message, with few listings of one message each."""

from collections.abc import Awaitable, Callable

from mailtide_common.contracts.times import UnixSeconds
from mailtide_sync_worker.listings.imap_cache import DAY_SECONDS

NewestBefore = Callable[[UnixSeconds], Awaitable[UnixSeconds | None]]
"""Returns the date of the newest message before a time, or None if there is none."""

MOST_CALLS = 20

FIRST_STEP_SECONDS = 30 * DAY_SECONDS

PRECISION = 0.02
"""Tolerated error, as a share of the time between the newest and the oldest message. It suffices to estimate
the duration of a backfill."""


async def find_oldest(
    newest_before: NewestBefore, known: UnixSeconds, *, floor: UnixSeconds, newest: UnixSeconds
) -> UnixSeconds:
    """Return the approximate date of the oldest message since `floor`, after at most `MOST_CALLS` calls.

    From `known`, the date of a message or a time just after it, the search goes back by steps that double,
    until no message is older than the time that it has reached. That step is then bisected. Unless the calls
    are used up, the result is too new by at most a day or the share `PRECISION` of the time between it and
    `newest`, whichever is more.
    """
    oldest, empty, step = known, floor, FIRST_STEP_SECONDS
    galloping = True
    for _ in range(MOST_CALLS):
        gap = oldest - empty
        if gap <= max(DAY_SECONDS, PRECISION * (newest - oldest)):
            break
        before = UnixSeconds(oldest - min(step, gap - 1) if galloping else empty + gap // 2)
        date = await newest_before(before)
        if date is not None and empty <= date < oldest:
            oldest = date
            step *= 2
        else:
            empty, galloping = before, False
    return oldest
