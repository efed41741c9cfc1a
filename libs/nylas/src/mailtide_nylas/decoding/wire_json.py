"""Parses JSON from outside and makes every text storable; used for all webhooks and all of Nylas' answers.

Mail may contain anything: lone surrogates, NUL, NaN, a byte order mark and invalid UTF-8 must not make a page or a
notification unreadable, although such text cannot become a Kafka record, a URL or a Postgres text.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

REPLACEMENT = "\ufffd"

_ESCAPED_NUL = re.compile(rb"\\u0000")
"""In CPython 3.11, twice as fast as `in` on a mail of 30 KB."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_INTEGER_DIGITS = 400


class Altered(dict[str, Any]):
    """A JSON object with altered or omitted fields; `altered` names those whose value was altered, at any depth."""

    def __init__(self, fields: Mapping[str, Any], altered: frozenset[str]) -> None:
        super().__init__(fields)
        self.altered = altered


def altered_fields(source: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of a parsed object's fields whose value `parse_json` altered, other than a large integer."""
    return source.altered if isinstance(source, Altered) else frozenset()


def parse_json(body: bytes | bytearray) -> Any:
    """Parse JSON that should be UTF-8, as tolerantly as the standard library parses text, but faster if it is valid.

    Lone surrogates and bytes that are not UTF-8 become U+FFFD, and NUL is removed; `altered_fields` returns the fields
    concerned. In ids, NUL becomes U+FFFD too, because its removal could turn one id into another. A field whose name
    would have to be altered is omitted; `altered_fields` returns only the field that contains its object, if any. An
    integer of thousands of digits becomes infinity, which `altered_fields` does not show.

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
    """Return a text with `for_nul` for NUL and U+FFFD for lone surrogates; the same object if it has neither."""
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
    """Parse bytes, with lone surrogates for invalid UTF-8, which `_storable` replaces."""
    text = body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    try:
        return json.loads(text, parse_int=_parse_int)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error


def _parse_int(digits: str) -> int | float:
    """Return infinity for integers of thousands of digits, which Python refuses to parse."""
    return int(digits) if len(digits) <= _MAX_INTEGER_DIGITS else float(digits)


def _storable(value: Any) -> Any:
    """Return the value with every text storable; the same object if nothing was altered.

    Raises:
        ValueError: nested too deeply.
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
