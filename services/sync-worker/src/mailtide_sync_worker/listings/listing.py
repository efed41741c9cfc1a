"""Lists page after page, until the last one or until the listing counts as endless (INV-22).

The next page can be requested while the previous one is processed.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass

from mailtide_common.contracts.times import UnixMicros
from mailtide_common.runtime.clock import now_us
from mailtide_nylas import EndlessListing, Page, Reservation
from mailtide_nylas.background import let_end
from mailtide_sync_worker import limits

ListPage = Callable[[str | None, Reservation], Awaitable[Page]]
"""Requests a page by its cursor, or the first page if the cursor is None. The reservation holds the page's
bytes."""

_NOTHING = Page([], None)


@dataclass(slots=True)
class Listed:
    """A listed page, the time of its observation, and the reservation of its bytes."""

    page: Page
    observed_at: UnixMicros
    """A time before the page was requested."""
    reservation: Reservation

    def release(self) -> None:
        """Drop the page, and release its bytes for other answers."""
        self.page = _NOTHING
        self.reservation.release()

    @property
    def last(self) -> bool:
        return self.page.next_cursor is None


async def at_once() -> None:
    """Wait for no other work: the default `give_way`."""


async def pages(
    list_page: ListPage,
    reserve: Callable[[], Reservation],
    *,
    ahead: int = 0,
    give_way: Callable[[], Awaitable[None]] = at_once,
) -> AsyncGenerator[Listed, None]:
    """Yield page after page, with at most one call in flight.

    A page is released when the caller takes the next one. The caller must close the generator (`aclosing`). A
    call that is then in flight ends in the background, and its page is released.

    Pages up to number `ahead` are requested while the page before them is processed, later pages on demand.
    `give_way` is called before each request, and waits for work that has priority.

    Raises:
        NylasTransientError: the listing does not end (see `EndlessListing`).
        NylasError: raised by `list_page`.
    """
    endless = EndlessListing(limits.MOST_PAGES)
    coming: asyncio.Task[Listed] | None = None
    listed: Listed | None = None
    cursor: str | None = None
    number = 0
    try:
        while True:
            listed = await (_list(list_page, reserve(), cursor, give_way) if coming is None else coming)
            coming = None
            number += 1
            cursor = listed.page.next_cursor
            if cursor is not None:
                endless.check(_ids(listed.page), cursor)
                if number < ahead:
                    coming = asyncio.create_task(_list(list_page, reserve(), cursor, give_way))
            yield listed
            listed.release()
            if cursor is None:
                return
    finally:
        if listed is not None:
            listed.release()
        if coming is not None:
            let_end(coming, Listed.release)


def _ids(page: Page) -> Iterator[str]:
    yield from (message["id"] for message in page.data)
    yield from (each.message_id for each in page.unreadable if each.message_id is not None)


async def _list(
    list_page: ListPage, reservation: Reservation, cursor: str | None, give_way: Callable[[], Awaitable[None]]
) -> Listed:
    await give_way()
    observed_at = now_us()
    try:
        return Listed(await list_page(cursor, reservation), observed_at, reservation)
    except BaseException:
        reservation.release()
        raise
