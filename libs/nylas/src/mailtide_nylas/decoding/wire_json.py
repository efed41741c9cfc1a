"""Parses JSON from webhooks and Nylas' answers, and makes every text storable.

JSON may contain lone surrogates, escaped NUL, NaN, a byte order mark or invalid UTF-8. None of these may make
a page or a notification unreadable. Lone surrogates cannot be encoded as UTF-8, and Postgres stores no NUL, so neither
is kept.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

REPLACEMENT = "\ufffd"

_ESCAPED_NUL = re.compile(rb"\\u0000")
"""A pattern, because in CPython 3.11 it is twice as fast as `in` on a mail of 30 KB."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_INTEGER_DIGITS = 400


class Altered(dict[str, Any]):
    """A JSON object with altered or omitted fields.

    Attributes:
        altered: names of the fields whose value was altered, at any depth; without the omitted fields.
    """

    def __init__(self, fields: Mapping[str, Any], altered: frozenset[str]) -> None:
        super().__init__(fields)
        self.altered = altered


def altered_fields(source: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of an object's fields that `parse_json` altered (see there)."""
    return source.altered if isinstance(source, Altered) else frozenset()


def parse_json(body: bytes | bytearray) -> Any:
    """Parse JSON, and make its text storable. See `altered_fields` for the fields that this altered.

    - Lone surrogates and bytes that are not UTF-8 become U+FFFD.
    - An escaped NUL is removed. In ids it becomes U+FFFD, because its removal could turn one id into another.
    - A field whose name contains one of these is omitted, and `altered_fields` does not return it.
    - An integer of more than 400 digits may become infinity. It does not count as altered.

    Raises:
        ValueError: the body is not JSON, or is nested too deeply.
    """
    try:
        value = from_json(body)
    except ValueError:
        return _storable(_read_tolerantly(body))
    # `from_json` (pydantic-core 2.50) refuses lone surrogates and invalid UTF-8, but accepts an escaped NUL.
    return _storable(value) if _ESCAPED_NUL.search(body) else value


def storable_text(text: str, *, for_nul: str = "") -> str:
    """Replace NUL by `for_nul` and lone surrogates by U+FFFD; return the same object if there are none."""
    if "\x00" in text:
        text = text.replace("\x00", for_nul)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(REPLACEMENT, text)
    return text


def _read_tolerantly(body: bytes | bytearray) -> Any:
    """Parse bytes. Those that are not UTF-8 become lone surrogates, which `_storable` replaces later."""
    text = body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        return json.loads(text, parse_int=_parse_int)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error


def _parse_int(digits: str) -> int | float:
    """Parse an integer. More than 400 digits become infinity, because Python parses at most 4,300."""
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else float(digits)


def _storable(value: Any) -> Any:
    """Return the value with every text storable, or the same object if nothing had to be altered.

    Raises:
        ValueError: the value is nested too deeply.
    """
    try:
        return _walk(value, "")
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error


def _walk(value: Any, for_nul: str) -> Any:
    match value:
        case str():
            return storable_text(value, for_nul=for_nul)
        case list():
            items = [_walk(item, for_nul) for item in value]
            return value if all(map(_same, items, value)) else items
        case dict():
            fields = {
                name: _walk(item, REPLACEMENT if _holds_ids(name) else "")
                for name, item in value.items()
                if storable_text(name) is name
            }
            altered = frozenset(name for name, item in fields.items() if item is not value[name])
            return Altered(fields, altered) if altered or len(fields) < len(value) else value
        case _:
            return value


def _holds_ids(field: str) -> bool:
    return field in {"id", "folders"} or field.endswith("_id")


def _same(one: object, other: object) -> bool:
    return one is other
