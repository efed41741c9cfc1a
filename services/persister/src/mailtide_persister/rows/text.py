"""Makes texts storable in Postgres. Pure.

Records of earlier releases and of other producers may contain texts that Postgres refuses.
"""

import re
from collections.abc import Iterable

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return a text without NUL, and with U+FFFD in place of each lone surrogate."""
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
    return None if text is None else clean(text)


def array_literal(texts: Iterable[str]) -> str:
    """Return cleaned texts as a Postgres array literal.

    A statement's parameter cannot be an array of arrays of different lengths.
    """
    quoted = (clean(text).replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"
