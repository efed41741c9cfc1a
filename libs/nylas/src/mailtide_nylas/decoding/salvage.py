"""Recovers the readable messages of an answer that is not valid JSON as a whole. Pure (INV-6).

One message that is nested too deeply, or holds a byte that JSON forbids, makes its whole page unreadable. Its
brackets and texts are still balanced, so the page is split into its messages, and each is read by itself.
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
"""A complete string or a bracket; a lone quotation mark is an unterminated string. Possessive: no backtracking."""

_VALUE_OF_DATA = re.compile(rb'"data"\s*:\s*')
_ID = re.compile(rb'"id"\s*:\s*("[^"\\]*+(?:\\.[^"\\]*+)*+")', re.DOTALL)

REASON = "not valid JSON"


@dataclass(frozen=True, slots=True)
class _Span:
    """A value inside the answer: its beginning, end and depth."""

    begin: int
    end: int
    depth: int


def read_listing(
    endpoint: str, status: int, headers: Mapping[str, str], body: bytes | bytearray
) -> dict[str, Any]:
    """As `read_answer`, with an `UnreadableMessage` in `data` for each entry that cannot be read.

    Raises:
        NylasError: as `read_answer`.
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
    """As `read_answer`, where `data` is one message.

    Raises:
        NylasUnreadableError: the answer is complete, but its `data` cannot be read.
        NylasError: as `read_answer`.
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
    """Return the answer without its data."""
    return read_answer(endpoint, status, headers, bytes(body[: data.begin] + b"null" + body[data.end :]))


def _item(raw: bytes | bytearray) -> Any:
    try:
        return parse_json(raw)
    except ValueError:
        return UnreadableMessage(_id_in(raw), bytes(raw), REASON)


def _parts(body: bytes | bytearray) -> tuple[_Span, list[_Span]] | None:
    """Return where the answer's `data` is, and the values directly inside; None if the answer is incomplete."""
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
    """Yield where a top-level `data` begins, and every object or list at its end; stops where the answer is broken."""
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
    """Return the id of a message that cannot be read as a whole."""
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
