"""The pages of one listing, one after another, the next one asked for while the last one is worked on."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from mailtide_common.runtime.clock import now_us
from mailtide_nylas import NylasTransientError, Page

ListPage = Callable[[str | None], Awaitable[Page]]
"""Lists the page that a cursor stands for; None is the first."""

_abandoned: set[asyncio.Task[object]] = set()


@dataclass(frozen=True, slots=True)
class Listed:
    """A page, and since when it is so."""

    page: Page
    observed_at: int
    """Microseconds since 1970, before the page was asked for."""

    @property
    def last(self) -> bool:
        """Whether no page follows."""
        return self.page.next_cursor is None


async def at_once() -> None:
    """Nothing goes before this listing."""


async def pages(
    list_page: ListPage, *, ahead: int = 0, turn: Callable[[], Awaitable[None]] = at_once
) -> AsyncGenerator[Listed, None]:
    """List page after page; at most one call is under way.

    Args:
        list_page: makes the call.
        ahead: the next page is asked for early up to this page; beyond it, only when it is wanted.
        turn: waits, before each page, for what goes before it.

    Raises:
        NylasTransientError: a cursor comes again, so that the listing would never end.
        NylasError: whatever the call raises.
    """
    seen: set[str] = set()
    coming: asyncio.Task[Listed] | None = None
    cursor: str | None = None
    number = 0
    try:
        while True:
            listed = await (_list(list_page, cursor, turn) if coming is None else coming)
            coming = None
            number += 1
            cursor = listed.page.next_cursor
            if cursor is not None:
                if cursor in seen:
                    raise NylasTransientError("the listing's pages go in a circle")
                seen.add(cursor)
                if number < ahead:
                    coming = asyncio.create_task(_list(list_page, cursor, turn))
            yield listed
            if cursor is None:
                return
    finally:
        if coming is not None:
            _abandon(coming)


async def _list(list_page: ListPage, cursor: str | None, turn: Callable[[], Awaitable[None]]) -> Listed:
    await turn()
    observed_at = now_us()
    return Listed(await list_page(cursor), observed_at)


def _abandon(task: asyncio.Task[Listed]) -> None:
    """Let a call end by itself: a cancelled one costs the client a connection (see `Connection`)."""
    _abandoned.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Listed]) -> None:
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that asyncio does not report it
