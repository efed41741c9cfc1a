"""Inflates the body of a delivery within bounds of memory and time. Pure; no input makes it raise."""

from mailtide_nylas.decoding.inflate import Inflater, NotGzipError

MAX_INFLATED_BYTES = 16 * 1024 * 1024
"""Inclusive. A megabyte of gzip could become a gigabyte."""

_GZIP = frozenset({"gzip", "x-gzip"})


class TooLargeInflated:
    """A body that inflates beyond the limit; its full size is not known, because inflating stops there."""


class Broken:
    """A body that is not what its `Content-Encoding` says."""


def plain_body(body: bytes, content_encoding: str | None) -> bytes | TooLargeInflated | Broken:
    """A delivery's bytes as they were before its `Content-Encoding`."""
    encoding = (content_encoding or "").strip().lower()
    if encoding in _GZIP:
        return gunzip(body)
    return body if encoding in {"", "identity"} else Broken()


def gunzip(body: bytes, *, limit: int = MAX_INFLATED_BYTES) -> bytes | TooLargeInflated | Broken:
    """Inflate within a bound of memory; time is bounded by the size of the body.

    Args:
        body: gzip of any number of members, perhaps with zero bytes behind them.
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
