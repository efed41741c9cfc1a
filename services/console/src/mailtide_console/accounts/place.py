"""Cursors in the list of accounts, one type for each order. Their text is a query parameter. Pure."""

from typing import NamedTuple, Self
from uuid import UUID

FIRST_ID = UUID(int=0)
GREATEST = 2**62


class Behind(NamedTuple):
    """A cursor in the order of watermarks, the furthest behind first. Its text is `<watermark>~<grant>`."""

    watermark: int = -GREATEST
    grant_id: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a cursor; if it is malformed, return the beginning of the list."""
        watermark, _, grant_id = text.partition("~")
        try:
            return cls(max(-GREATEST, min(int(watermark), GREATEST)), grant_id)
        except ValueError:
            return cls()

    def __str__(self) -> str:
        return f"{self.watermark}~{self.grant_id}"


class ByAddress(NamedTuple):
    """A cursor in the order of addresses. Its text is `<account>~<address>`."""

    email: str = ""
    id: UUID = FIRST_ID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a cursor; if it is malformed, return the beginning of the list."""
        id_, _, email = text.partition("~")
        try:
            return cls(email, UUID(id_))
        except ValueError:
            return cls()

    def __str__(self) -> str:
        return f"{self.id}~{self.email}"
