"""Keyset paging: a cursor identifies the last row of the previous page. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, NamedTuple, Self, TypeVar
from uuid import UUID

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from mailtide_common.contracts.times import in_datetime, of_datetime

T = TypeVar("T")


class Cursor(NamedTuple):
    """The time and id of a row. Its text is `<microseconds since 1970>-<id>`."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{of_datetime(self.at)}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the text of a cursor.

        Raises:
            PydanticCustomError: the text is not a cursor.
        """
        micros, _, id_ = text.partition("-")
        try:
            return cls(in_datetime(int(micros)), UUID(id_))
        except (ValueError, OverflowError):
            raise PydanticCustomError("cursor", "is not a place in the list: open the list again") from None


def _checked(text: str | None) -> str | None:
    if text:
        Cursor.parse(text)
    return text


After = Annotated[str | None, AfterValidator(_checked)]
"""A query parameter with the text of a cursor."""


def cursor(text: str | None) -> Cursor | None:
    """Parse a cursor. Return None for the first page, which has no cursor.

    Raises:
        PydanticCustomError: the text is not a cursor.
    """
    return Cursor.parse(text) if text else None


def page_of(rows: Sequence[T], limit: int) -> tuple[list[T], T | None]:
    """Return the first `limit` rows as a page, and the last row of the page if another page follows, else None.

    Another page follows if `rows` has more than `limit` rows, so callers read at least one row more.
    """
    shown = list(rows[:limit])
    return shown, shown[-1] if len(rows) > limit else None
