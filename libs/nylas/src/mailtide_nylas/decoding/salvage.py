"""Recovers the readable messages of an answer that, as a whole, is not valid JSON (INV-6).

One message that is nested too deeply, or contains a byte that JSON forbids, makes its whole page unreadable.
The brackets and strings of the page are usually still balanced. So the page is split, and each message is
parsed alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mailtide_nylas.errors import NylasError, NylasTransientError, NylasUnreadableError
from mailtide_nylas.models import UnreadableMessage

from .parsing import read_answer
from .wire_json import parse_json

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[][{}"]', re.DOTALL)
"""A complete string, a bracket, or the quotation mark of an unterminated string. `*+` avoids backtracking."""

_VALUE_OF_DATA = re.compile(rb'"data"\s*:\s*')
_ID = re.compile(rb'"id"\s*:\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")', re.DOTALL)

REASON = "the message is not valid JSON, or is nested too deeply"


@dataclass(frozen=True, slots=True)
class _Span:
    """The position of a value in the answer, in bytes, and its nesting depth."""

    begin: int
    end: int
    depth: int


def read_listing(
    endpoint: str, status: int, headers: Mapping[str, str], body: bytes | bytearray
) -> dict[str, Any]:
    """Return the JSON object of a listing. An entry that cannot be parsed becomes an `UnreadableMessage`.

    If the listing as a whole is not valid JSON, entries that are neither objects nor lists are left out.

    Raises:
        NylasError: see `read_answer`.
    """
    try:
        return read_answer(endpoint, status, headers, body)
    except NylasTransientError:
        parts = _parts(body) if 200 <= status < 300 else None
        if parts is None or body[parts[0].begin : parts[0].begin + 1] != b"[":
            raise
        data, items = parts
        answer = _around(endpoint, status, headers, body, data)
    return {**answer, "data": [_item(body[item.begin : item.end]) for item in items]}


def read_message_answer(
    endpoint: str, status: int, headers: Mapping[str, str], body: bytes | bytearray
) -> dict[str, Any]:
    """Return the JSON object of an answer whose `data` is one message.

    Raises:
        NylasUnreadableError: only the message is not valid JSON, or is nested too deeply.
        NylasError: see `read_answer`.
    """
    try:
        return read_answer(endpoint, status, headers, body)
    except NylasTransientError as error:
        parts = _parts(body) if 200 <= status < 300 else None
        if parts is None:
            raise
        data = parts[0]
        try:
            _around(endpoint, status, headers, body, data)
        except NylasError:
            raise error from None
        raw = bytes(body[data.begin : data.end])
        raise NylasUnreadableError(REASON, raw=raw, endpoint=endpoint, status=status) from error


def _around(
    endpoint: str, status: int, headers: Mapping[str, str], body: bytes | bytearray, data: _Span
) -> dict[str, Any]:
    """Return the answer's JSON object with `data` set to null."""
    return read_answer(endpoint, status, headers, bytes(body[: data.begin] + b"null" + body[data.end :]))


def _item(raw: bytes | bytearray) -> Any:
    try:
        return parse_json(raw)
    except ValueError:
        return UnreadableMessage(_id_in(raw), bytes(raw), REASON)


def _parts(body: bytes | bytearray) -> tuple[_Span, list[_Span]] | None:
    """Return the positions of `data` and of the objects and lists directly in it.

    Return None if `data` is neither an object nor a list, or is cut off.
    """
    inside: list[_Span] = []
    place: int | None = None
    for token in _values(body):
        if isinstance(token, int):
            place = token
        elif token.depth == 2 and place is not None:
            inside.append(token)
        elif token.depth == 1 and token.begin == place:
            return token, inside
    return None


def _values(body: bytes | bytearray) -> Iterator[int | _Span]:
    """Yield the positions of values in the answer, and stop at an unpaired closing bracket or quotation mark.

    An int is where the value of a top-level `data` begins. A `_Span` is an object or list, yielded at its
    end.
    """
    begun: list[int] = []
    for match in _TOKEN.finditer(body):
        token = body[match.start() : match.start() + 1]
        if token in (b"{", b"["):
            begun.append(match.start())
        elif token in (b"}", b"]"):
            if not begun:
                return
            yield _Span(begun.pop(), match.end(), len(begun))
        elif match.end() == match.start() + 1:
            return
        elif len(begun) == 1 and (key := _VALUE_OF_DATA.match(body, match.start())):
            yield key.end()


def _id_in(raw: bytes | bytearray) -> str | None:
    """Return the top-level `id` of a message that is not valid JSON, or None if it cannot be read."""
    depth = 0
    for match in _TOKEN.finditer(raw):
        token = raw[match.start() : match.start() + 1]
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and (found := _ID.match(raw, match.start())):
            try:
                id_ = parse_json(found[1])
            except ValueError:
                return None
            return id_ if isinstance(id_, str) and id_ else None
    return None
