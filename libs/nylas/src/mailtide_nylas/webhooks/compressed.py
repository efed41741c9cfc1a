"""Inflates the body of a delivery within bounds of memory and time. Pure; never raises."""

from mailtide_nylas.decoding.inflate import Inflater, NotGzipError

MAX_INFLATED_BYTES = 16 * 1024 * 1024
"""Inclusive. A megabyte of gzip could become a gigabyte."""

_GZIP = frozenset({"gzip", "x-gzip"})


class TooLargeInflated:
    """A body that inflates beyond the limit; its full size is unknown."""


class Broken:
    """A body that does not match its `Content-Encoding`."""


def plain_body(body: bytes, content_encoding: str | None) -> bytes | TooLargeInflated | Broken:
    """Return a delivery's bytes without their `Content-Encoding`."""
    encoding = (content_encoding or "").strip().lower()
    if encoding in _GZIP:
        return gunzip(body)
    return body if encoding in {"", "identity"} else Broken()


def gunzip(body: bytes, *, limit: int = MAX_INFLATED_BYTES) -> bytes | TooLargeInflated | Broken:
    """Inflate within a bound of memory; the size of the body bounds the time.

    Args:
        body: gzip of any number of members, possibly followed by zero bytes.
        limit: bytes it may inflate to, inclusive.
    """
    inflated = bytearray()
    inflater = Inflater()
    try:
        for piece in inflater.inflate(body):
            inflated += piece
            if len(inflated) > limit:
                return TooLargeInflated()
        inflater.end()
    except NotGzipError:
        return Broken()
    return bytes(inflated)
