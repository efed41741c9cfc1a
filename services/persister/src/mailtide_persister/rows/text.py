"""Text as Postgres can hold it. Pure."""

import re
from collections.abc import Iterable

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without NUL, and with U+FFFD for lone surrogates; the very same object if there are none."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def clean_or_none(text: str | None) -> str | None:
    """`clean`, where there may be nothing."""
    return None if text is None else clean(text)


def array_literal(texts: Iterable[str]) -> str:
    """A Postgres array of text as text: arrays of arrays cannot be sent where lengths differ."""
    quoted = (clean(text).replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"
