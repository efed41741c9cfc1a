"""Inflates the body of a delivery within a limit of memory, without raising on any input. Pure."""

from mailtide_nylas.decoding.inflate import Inflater, NotGzipError

MAX_INFLATED_BYTES = 16 * 1024 * 1024
"""Size of the largest inflated body accepted. A megabyte of gzip can inflate to a gigabyte."""

_GZIP = frozenset({"gzip", "x-gzip"})


class TooLargeInflated:
    """Result for a body that inflates to more than the limit."""


class Broken:
    """Result for a body whose `Content-Encoding` is wrong or not supported."""


def plain_body(body: bytes, content_encoding: str | None) -> bytes | TooLargeInflated | Broken:
    """Return the body of a delivery with its `Content-Encoding` (none, `identity` or `gzip`) undone.

    Return `Broken` for another encoding, and for gzip what `gunzip` returns.
    """
    encoding = (content_encoding or "").strip().lower()
    if encoding in _GZIP:
        return gunzip(body)
    return body if encoding in {"", "identity"} else Broken()


def gunzip(body: bytes) -> bytes | TooLargeInflated | Broken:
    """Inflate gzip of any number of members, possibly followed by zero bytes.

    Return `TooLargeInflated` above `MAX_INFLATED_BYTES`, and `Broken` for invalid gzip.
    """
    inflated = bytearray()
    inflater = Inflater()
    try:
        for piece in inflater.inflate(body):
            inflated += piece
            if len(inflated) > MAX_INFLATED_BYTES:
                return TooLargeInflated()
        inflater.end()
    except NotGzipError:
        return Broken()
    return bytes(inflated)
