"""Lists messages in pages of limited size."""

from typing import Any

from mailtide_nylas import NylasClient, NylasTooLargeError, Page, Reservation, UnreadableMessage
from mailtide_sync_worker import limits, metrics
from mailtide_sync_worker.messages.compared_state import INDEX_FIELDS


class PageLister:
    """Lists pages of messages, with fewer messages per page where a mailbox has large ones.

    This limits the memory of a page. It is not documented whether a `page_token` stays valid when `limit`
    changes (docs: Messages, list). If the token becomes invalid, the call fails, and the next listing of the
    mailbox begins with the smaller pages.
    """

    def __init__(self, nylas: NylasClient) -> None:
        self._nylas = nylas
        self._sizes: dict[tuple[str, bool], int] = {}

    def reserve(self) -> Reservation:
        """Return a reservation for the bytes of one page; the caller must release it."""
        return self._nylas.reserve()

    async def page(self, grant_id: str, reservation: Reservation, **query: Any) -> Page:
        """Return one page. A page that is too large is requested again with fewer messages.

        A single message that exceeds `limits.MESSAGE_BYTES` appears in the page's `unreadable`, by its id.
        `query` holds the other parameters of `NylasClient.list_messages`.

        Raises:
            NylasTooLargeError: the id of a message that is too large could not be determined.
            NylasError: see `mailtide_nylas.errors`.
        """
        key = (grant_id, "select" in query)
        while True:
            size = min(self._sizes.get(key, limits.PAGE_SIZE), limits.PAGE_SIZE)
            most = limits.PAGE_BYTES if size > 1 else limits.MESSAGE_BYTES
            try:
                page = await self._nylas.list_messages(
                    grant_id, limit=size, reservation=reservation, most_bytes=most, **query
                )
            except NylasTooLargeError as error:
                metrics.OVERSIZED_PAGES.inc()
                if size == 1:
                    return await self._without_it(grant_id, reservation, error, query)
                self._remember(key, size // limits.SHRINK_BY)
            else:
                if page.next_cursor is not None:
                    self._remember(key, fitting(size, reservation.size))
                return page

    async def _without_it(
        self, grant_id: str, reservation: Reservation, error: NylasTooLargeError, query: dict[str, Any]
    ) -> Page:
        """Return a page that names the one message that is too large as unreadable.

        Raises:
            NylasTooLargeError: the index does not show exactly one message at this place, so the id is
                unknown.
        """
        only = {**query, "select": INDEX_FIELDS}
        page = await self._nylas.list_messages(
            grant_id, limit=1, reservation=reservation, most_bytes=limits.PAGE_BYTES, **only
        )
        if len(page.data) != 1:
            raise error
        message = UnreadableMessage(page.data[0]["id"], error.raw, error.reason)
        return Page([], page.next_cursor, (*page.unreadable, message))

    def _remember(self, key: tuple[str, bool], size: int) -> None:
        self._sizes.pop(key, None)
        if size < limits.PAGE_SIZE:
            self._sizes[key] = max(size, 1)
        while len(self._sizes) > limits.SIZES_REMEMBERED:
            del self._sizes[next(iter(self._sizes))]


def fitting(size: int, page_bytes: int) -> int:
    """Return how many messages to request after a page of `size` messages had `page_bytes` bytes. Pure.

    The number may exceed `limits.PAGE_SIZE`.
    """
    if page_bytes > limits.WANTED_PAGE_BYTES:
        return max(1, size * limits.WANTED_PAGE_BYTES // page_bytes)
    return size * 2 if page_bytes < limits.WANTED_PAGE_BYTES // 2 else size
