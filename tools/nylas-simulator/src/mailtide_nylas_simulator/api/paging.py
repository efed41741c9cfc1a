"""Paging of listings: limits, selected fields, faults and cursors.

A cursor stays valid if the limit changes or mail arrives.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from starlette.requests import Request

from mailtide_nylas_simulator.faults.switches import Fault
from mailtide_nylas_simulator.lookup import world_of
from mailtide_nylas_simulator.mail.model import Json
from mailtide_nylas_simulator.responses import bad_request

T = TypeVar("T")


def cursor_of(*place: int | str) -> str:
    """Encode a position in a listing as a cursor.

    Every cursor contains ``+``, ``/`` and ``=``, to test whether clients escape URLs.
    """
    written = b"\xfb\xef\xff" + json.dumps(place).encode()
    return base64.b64encode(written + b" " * ((1 - len(written)) % 3)).decode()


def place_of(token: str | None, *kinds: type[int | str]) -> list[Any] | None:
    """Return the position in a cursor, or None without a cursor.

    Args:
        token: A cursor of `cursor_of`. Parts after the position are ignored.
        kinds: The types of the position's parts.

    Raises:
        ApiError: 400 if the cursor is invalid, or has a position with other types.
    """
    if not token:
        return None
    try:
        place: object = json.loads(base64.b64decode(token, validate=True)[3:])
    except ValueError:
        place = None
    if not isinstance(place, list) or [type(each) for each in place[: len(kinds)]] != [*kinds]:
        raise bad_request("page_token is invalid: it must be a next_cursor of this listing")
    return place[: len(kinds)]


def limit_of(value: int | None, default: int, most: int) -> int:
    """Return the requested page size, or `default` if none is requested.

    Raises:
        ApiError: 400 if the page size is not between 1 and `most`.
    """
    if value is None:
        return default
    if not 1 <= value <= most:
        raise bad_request(f"limit must be between 1 and {most}")
    return value


def selected(shown: Json, select: str | None) -> Json:
    """Return the fields that ``select`` names, or all fields if it is absent."""
    return {name: shown[name] for name in select.split(",") if name in shown} if select else shown


class ListingFaults:
    """Applies faults to one call of a listing."""

    def __init__(self, request: Request, grant_id: str) -> None:
        self._world = world_of(request)
        self._grant_id = grant_id
        self._path = request.scope["path"]
        self._token = request.query_params.get("page_token")

    def strike(self, kind: str) -> Fault | None:
        """Return the fault of this kind that strikes this call, or None. Count the strike."""
        return self._world.faults.strike(kind, grant=self._grant_id, path=self._path)

    def limit(self, asked: int) -> int:
        """Return the requested page size, reduced if the fault ``small_pages`` strikes."""
        small = self.strike("small_pages")
        return min(asked, max(1, int(small.number("most", 20)))) if small else asked

    def page(
        self, items: list[T], cursor: str | None, before_first: Sequence[int]
    ) -> tuple[list[T], str | None]:
        """Apply the faults ``empty_listing``, ``short_page``, ``fresh_cursor`` and ``lost_cursor`` to a page.

        Args:
            items: The items of the page.
            cursor: The cursor to the next page; None on the last one.
            before_first: The position before the first item of the listing.

        Returns:
            The items and the cursor to send.
        """
        if self.strike("empty_listing"):
            items, cursor = [], None
        if gap := self.strike("short_page"):
            items = items[: int(len(items) * gap.number("keep", 0.5))]
        if self.strike("fresh_cursor"):
            place = place_of(self._token, *map(type, before_first)) or before_first
            cursor = cursor_of(*place, self._world.request_id())
        if self.strike("lost_cursor"):
            cursor = None
        return items, cursor
