"""Inflates gzip of any number of members, with zero bytes after them, a bounded piece at a time. Pure.

httpx 0.28.1 inflates with one `zlib.decompressobj`, which ends with the first member: of an answer that a proxy
compressed in two, it returns the first half without an error. And it inflates each received piece whole, so that 64 KiB
become 64 MiB at once. So bodies are read raw, and inflated here.
"""

import zlib
from collections.abc import Iterator

PIECE_BYTES = 256 * 1024
"""Most inflated bytes at once."""

_GZIP_WBITS = 31
_STEP_BYTES = 16 * 1024
"""Most compressed bytes at once: the bytes after a member are copied, and a piece may hold thousands of members."""


class NotGzipError(ValueError):
    """The bytes are not gzip, or end inside a member."""


class Inflater:
    """Inflates one body."""

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None
        self._began = False

    def inflate(self, data: bytes) -> Iterator[bytes]:
        """Inflate some compressed bytes into pieces of at most `PIECE_BYTES`.

        Raises:
            NotGzipError: these bytes are not gzip.
        """
        for first in range(0, len(data), _STEP_BYTES):
            yield from self._step(data[first : first + _STEP_BYTES])

    def end(self) -> None:
        """Note the end of the body.

        Raises:
            NotGzipError: the body is incomplete.
        """
        if self._member is not None:
            raise NotGzipError("ends inside a gzip member")

    def _step(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._member is None:
                data = data.lstrip(b"\x00") if self._began else data
                if not data:
                    return
                self._member, self._began = zlib.decompressobj(_GZIP_WBITS), True
            member = self._member
            try:
                piece = member.decompress(data, PIECE_BYTES)
            except zlib.error as error:
                raise NotGzipError("not gzip") from error
            if piece:
                yield piece
            if member.eof:
                self._member, data = None, member.unused_data
            else:
                data = member.unconsumed_tail
                if not data and len(piece) < PIECE_BYTES:
                    return
