"""Text as Postgres can hold it, and plain text out of a mail's HTML. Pure."""

import re
from collections.abc import Iterable

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from .limits import BODY_TEXT_INPUT_CHARACTERS

_INVISIBLE = ["head", "script", "style", "template"]
_INLINE = ["a", "abbr", "b", "code", "em", "font", "i", "small", "span", "strong", "sub", "sup", "u"]
_TAG = re.compile(r"<[a-zA-Z!/]")
_BLANKS = {ord(blank): " " for blank in "\t\r\v\f\xa0"}
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


def plain_text(body: str) -> str:
    """What a reader sees of a mail's body, a line per block; a body that is not HTML stays as it is.

    Only the beginning of a huge body is read, so the work is bounded.
    """
    body = body[:BODY_TEXT_INPUT_CHARACTERS]
    if _TAG.search(body) is None:
        return body.strip()
    text = _visible_text(body).translate(_BLANKS)
    while "  " in text:  # several times faster than a regular expression
        text = text.replace("  ", " ")
    return "\n".join(filter(None, map(str.strip, text.split("\n"))))


def _visible_text(html: str) -> str:
    try:
        tree = LexborHTMLParser(html)
        tree.strip_tags(_INVISIBLE)
        tree.unwrap_tags(_INLINE)
        tree.merge_text_nodes()
        return tree.body.text(separator="\n") if tree.body is not None else ""
    except SelectolaxError:
        return ""
