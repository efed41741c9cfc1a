"""Inflates the body of a delivery, up to a limit of size. No input raises an error. Pure."""

from mailtide_nylas.decoding.inflate import Inflater, NotGzipError

MAX_INFLATED_BYTES = 16 * 1024 * 1024
"""Size of the largest inflated body accepted. A megabyte of gzip can inflate to a gigabyte."""

_GZIP = frozenset({"gzip", "x-gzip"})


class TooLargeInflated:
    """Result for a body that inflates to more than the limit."""


class Broken:
    """Result for a body whose `Content-Encoding` is wrong or not supported."""


def plain_body(body: bytes, content_encoding: str | None) -> bytes | TooLargeInflated | Broken:
    """Return the body of a delivery without its `Content-Encoding`.

    A gzip body is inflated (see `gunzip`). A body in an encoding other than gzip and `identity` is `Broken`.
    """
    encoding = (content_encoding or "").strip().lower()
    if encoding in _GZIP:
        return gunzip(body)
    return body if encoding in {"", "identity"} else Broken()


def gunzip(body: bytes) -> bytes | TooLargeInflated | Broken:
    """Inflate a gzip body.

    Return `TooLargeInflated` if it inflates to more than `MAX_INFLATED_BYTES`, and `Broken` if it is not
    valid gzip.
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
