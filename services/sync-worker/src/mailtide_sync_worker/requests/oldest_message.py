"""Finds the date of a mailbox's oldest message, with few listings of one message each."""

from collections.abc import Awaitable, Callable

from mailtide_common.contracts.times import UnixSeconds
from mailtide_sync_worker.listings.imap_cache import DAY_SECONDS

NewestBefore = Callable[[UnixSeconds], Awaitable[UnixSeconds | None]]
"""Returns the date of the newest message before a time; None if there is none."""

MOST_CALLS = 20

FIRST_STEP_SECONDS = 30 * DAY_SECONDS

PRECISION = 0.02
"""Share of the time between the newest and the oldest message; enough to estimate the duration of a backfill."""


async def find_oldest(
    newest_before: NewestBefore, known: UnixSeconds, *, floor: UnixSeconds, newest: UnixSeconds
) -> UnixSeconds:
    """Return approximately the date of the oldest message since `floor`, after at most `MOST_CALLS` calls.

    The steps back from `known` double until there is no older message; the last step is then bisected, until the
    result is at most a day or the share `PRECISION` too new, whichever is more, or the calls are used up.

    Args:
        newest_before: finds a message, with one call.
        known: date of an existing message.
        floor: date before which nothing is needed.
        newest: date of the newest message, from which `PRECISION` is measured.
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
