"""Divides rows into chunks that one statement can write quickly. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from mailtide_persister.limits import STATEMENT_BYTES, STATEMENT_ROWS

T = TypeVar("T")


def chunks(items: Iterable[T], size_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield the items in order, in chunks of at most `STATEMENT_BYTES` and `STATEMENT_ROWS`.

    A larger item is a chunk of its own. `size_of` returns an item's bytes.
    """
    chunk: list[T] = []
    size = 0
    for item in items:
        if chunk and (size + size_of(item) > STATEMENT_BYTES or len(chunk) >= STATEMENT_ROWS):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += size_of(item)
    if chunk:
        yield chunk
