"""Makes texts storable in Postgres. Pure.

Text that `mailtide_nylas` has decoded is storable already, but this service does not depend on it, and the records of
earlier releases and of other producers may hold any text.
"""

import re
from collections.abc import Iterable

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Return the text without NUL, and with U+FFFD for lone surrogates; the same object if it has neither."""
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
    """Return cleaned texts as a Postgres array literal: an array of arrays of unequal lengths cannot be sent."""
    quoted = (clean(text).replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"
