"""Inflates gzip in pieces of bounded size. Pure.

Bodies are inflated here, because httpx 0.28.1 has two faults. Gzip may have several members, for example from
a proxy, but httpx returns only the first one, without an error. It also inflates each received piece as a
whole, so that 64 KiB can become 64 MiB at once.
"""

import zlib
from collections.abc import Iterator

PIECE_BYTES = 256 * 1024
"""Size of the largest piece, in inflated bytes."""

_GZIP_WBITS = 31
_STEP_BYTES = 16 * 1024
"""Compressed bytes inflated in one step. Few, because zlib copies the rest of the step after each member."""


class NotGzipError(ValueError):
    """The bytes are not valid gzip, or end inside a member."""


class Inflater:
    """Inflates the body of one answer or delivery. Zero bytes after a gzip member are ignored."""

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None
        self._began = False

    def inflate(self, data: bytes) -> Iterator[bytes]:
        """Inflate the next compressed bytes, and yield pieces of at most `PIECE_BYTES`.

        Raises:
            NotGzipError: the body is not valid gzip.
        """
        for first in range(0, len(data), _STEP_BYTES):
            yield from self._step(data[first : first + _STEP_BYTES])

    def end(self) -> None:
        """Check that the body is complete. Call it after the last bytes.

        Raises:
            NotGzipError: the body ends inside a member.
        """
        if self._member is not None:
            raise NotGzipError("the body ends inside a gzip member")

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
                raise NotGzipError(f"the body is not valid gzip: {error}") from error
            if piece:
                yield piece
            if member.eof:
                self._member, data = None, member.unused_data
            else:
                data = member.unconsumed_tail
                if not data and len(piece) < PIECE_BYTES:
                    return
