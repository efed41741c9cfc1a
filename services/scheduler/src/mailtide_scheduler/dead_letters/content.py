"""Renders the content of a dead letter as hexadecimal digits and text. Pure."""

import zlib

from mailtide_common.contracts.api.dead_letters import DeadLetterContent

GZIP = b"\x1f\x8b"
GZIP_WINDOW = 31
"""`wbits` of zlib for data with a gzip header."""


def content_of(value: bytes, most: int) -> DeadLetterContent:
    """Return the first `most` bytes as hexadecimal digits, and as text if they are UTF-8.

    The text of a gzip value is its inflated content, up to `most` bytes. The text is None if it is not UTF-8,
    or if the value cannot be inflated. `complete` is True if `hex` shows the whole value.
    """
    return DeadLetterContent(hex=value[:most].hex(" "), text=_text(value, most), complete=len(value) <= most)


def _text(value: bytes, most: int) -> str | None:
    if value.startswith(GZIP):
        try:
            value = zlib.decompressobj(GZIP_WINDOW).decompress(value, most)
        except zlib.error:
            return None
    try:
        return value[:most].decode()
    except UnicodeDecodeError as error:
        cut_at_the_end = len(value) >= most and error.start >= most - 3
        return value[: error.start].decode() if cut_at_the_end else None
