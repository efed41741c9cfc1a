"""Limits the number of open event streams."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import TypeVar

from starlette.exceptions import HTTPException

from mailtide_console import limits

T = TypeVar("T")


class Streams:
    """Counts the open event streams of this process; at most `STREAMS` may be open."""

    def __init__(self) -> None:
        self._open = 0

    def counted(self, stream: AsyncIterator[T]) -> AsyncIterator[T]:
        """Return the stream, which counts as open while it is read.

        Raises:
            HTTPException: 503, because `STREAMS` streams are open.
        """
        if self._open >= limits.STREAMS:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"The console updates at most {limits.STREAMS} pages live, for all operators together. "
                "Load this page again to see newer data.",
            )
        return self._counted(stream)

    async def _counted(self, stream: AsyncIterator[T]) -> AsyncIterator[T]:
        self._open += 1
        try:
            async for each in stream:
                yield each
        finally:
            self._open -= 1
