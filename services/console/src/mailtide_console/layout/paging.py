"""Keyset paging: a cursor is the last row of the page before. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

T = TypeVar("T")

EPOCH = datetime.fromtimestamp(0, UTC)


class Cursor(NamedTuple):
    """A row's moment and id; as text `<microseconds since 1970>-<id>`."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        """Return the text."""
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text.

        Raises:
            PydanticCustomError: it is none.
        """
        micros, _, id_ = text.partition("-")
        try:
            return cls(EPOCH + timedelta(microseconds=int(micros)), UUID(id_))
        except (ValueError, OverflowError):
            raise PydanticCustomError("cursor", "must be the cursor of a page") from None


def _checked(text: str | None) -> str | None:
    if text:
        Cursor.parse(text)
    return text


After = Annotated[str | None, AfterValidator(_checked)]
"""A cursor in an address."""


def cursor(text: str | None) -> Cursor | None:
    """Return the cursor of an address; None on the first page."""
    return Cursor.parse(text) if text else None


def page_of(rows: Sequence[T], limit: int) -> tuple[list[T], T | None]:
    """Return the rows of a page, and its last one if another page follows; `rows` has one more than the page."""
    shown = list(rows[:limit])
    return shown, shown[-1] if len(rows) > limit else None
