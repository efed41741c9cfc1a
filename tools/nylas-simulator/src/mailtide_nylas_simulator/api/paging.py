"""Paging: limits, selected fields, faults, and opaque cursors that stay valid if the limit changes or mail arrives."""

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
    """Encode a position in a listing as an opaque token, which contains ``+``, ``/`` and ``=`` to test URL escaping."""
    written = b"\xfb\xef\xff" + json.dumps(place).encode()
    return base64.b64encode(written + b" " * ((1 - len(written)) % 3)).decode()


def place_of(token: str | None, *kinds: type[int | str]) -> list[Any] | None:
    """Decode the position in a token; None without a token.

    Args:
        token: a token of `cursor_of`; what follows the position in it is ignored.
        kinds: the types of the position's parts.

    Raises:
        ApiError: 400 if the token has no such position, as one of another listing.
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
    """Return the requested page size; `default` if there is none.

    Raises:
        ApiError: 400 if it is not between 1 and `most`.
    """
    if value is None:
        return default
    if not 1 <= value <= most:
        raise bad_request(f"limit must be between 1 and {most}")
    return value


def selected(shown: Json, select: str | None) -> Json:
    """Return only the fields that ``select`` names; all fields without it."""
    return {name: shown[name] for name in select.split(",") if name in shown} if select else shown


class ListingFaults:
    """Applies faults to one call of a listing."""

    def __init__(self, request: Request, grant_id: str) -> None:
        self._world = world_of(request)
        self._grant_id = grant_id
        self._path = request.url.path
        self._token = request.query_params.get("page_token")

    def strike(self, kind: str) -> Fault | None:
        """Return the fault of this kind that strikes this call, and count the strike; None without one."""
        return self._world.faults.strike(kind, grant=self._grant_id, path=self._path)

    def limit(self, asked: int) -> int:
        """Return the page size, reduced if the fault ``small_pages`` applies."""
        small = self.strike("small_pages")
        return min(asked, max(1, int(small.number("most", 20)))) if small else asked

    def page(
        self, items: list[T], cursor: str | None, before_first: Sequence[int]
    ) -> tuple[list[T], str | None]:
        """Apply ``empty_listing``, ``short_page``, ``fresh_cursor`` and ``lost_cursor``; return items and next cursor.

        Args:
            items: The items of the page.
            cursor: The cursor to the next page; None on the last one.
            before_first: The position before the first item of the listing.
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
