"""What a delivery says once it is inflated, within bounds of memory and time. Pure; no bytes make it raise."""

import zlib

MAX_INFLATED_BYTES = 16 * 1024 * 1024
"""Inclusive. A megabyte of gzip could become a gigabyte."""

MAX_GZIP_MEMBERS = 64
"""A body of many empty members would cost much time and inflate to nothing."""

_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_WBITS = 31
_PIECE = 1024 * 1024


class TooLargeInflated:
    """A body that inflates beyond the limit; how far is not known, because it was not done."""


class Broken:
    """A body that is not what its `Content-Encoding` says."""


def plain_body(body: bytes, content_encoding: str | None) -> bytes | TooLargeInflated | Broken:
    """A delivery's bytes as they were before its `Content-Encoding`."""
    encoding = (content_encoding or "").strip().lower()
    if encoding in _GZIP:
        return gunzip(body)
    return body if encoding in {"", "identity"} else Broken()


def gunzip(
    body: bytes, *, limit: int = MAX_INFLATED_BYTES, max_members: int = MAX_GZIP_MEMBERS
) -> bytes | TooLargeInflated | Broken:
    """Inflate within bounds of memory and time.

    Args:
        body: gzip, perhaps of several members.
        limit: bytes it may inflate to, inclusive.
        max_members: more are taken for broken.
    """
    inflated = bytearray()
    for _ in range(max_members):
        member = zlib.decompressobj(_GZIP_WBITS)
        try:
            while not member.eof:
                piece = member.decompress(body, min(_PIECE, limit - len(inflated) + 1))
                inflated += piece
                if len(inflated) > limit:
                    return TooLargeInflated()
                body = member.unconsumed_tail
                if not piece and not body and not member.eof:
                    return Broken()
        except zlib.error:
            return Broken()
        body = member.unused_data
        if not body:
            return bytes(inflated)
    return Broken()
