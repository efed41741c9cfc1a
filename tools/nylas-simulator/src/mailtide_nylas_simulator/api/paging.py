"""Pages: limits and opaque cursors that stay valid when the limit changes and when mail arrives."""

import base64
import json
from collections.abc import Sequence

from mailtide_nylas_simulator.responses import bad_request


def cursor_of(*place: int | str) -> str:
    """An opaque token for a place in a listing, with the characters (``+/=``) that careless clients break."""
    written = b"\xfb\xef\xff" + json.dumps(place).encode()
    return base64.b64encode(written + b" " * ((1 - len(written)) % 3)).decode()


def fresh_cursor_of(token: str | None, start: Sequence[int], nonce: str) -> str:
    """Another token for the same page; `start` is the position before the first one."""
    return cursor_of(*(place_of(token) or start)[: len(start)], nonce)


def place_of(token: str | None) -> list[int | str] | None:
    """The place that a token stands for.

    Raises:
        ApiError: 400 for a token that this simulator never gave out.
    """
    if not token:
        return None
    try:
        decoded = base64.b64decode(token, validate=True)
        place = json.loads(decoded[3:])
    except ValueError:
        raise bad_request("invalid page_token") from None
    if not isinstance(place, list):
        raise bad_request("invalid page_token")
    return place


def limit_of(value: int | None, default: int, most: int) -> int:
    """The page size that was asked for.

    Raises:
        ApiError: 400 outside 1..most.
    """
    if value is None:
        return default
    if not 1 <= value <= most:
        raise bad_request(f"limit must be between 1 and {most}")
    return value
