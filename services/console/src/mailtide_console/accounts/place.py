"""Places in the two orders of the list, as addresses carry them. Pure."""

from typing import NamedTuple, Self
from uuid import UUID

FIRST_ID = UUID(int=0)
GREATEST = 2**62


class Behind(NamedTuple):
    """The place in the order of those furthest behind; as text `<watermark>~<grant>`."""

    watermark: int = -GREATEST
    grant_id: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text; nonsense is the beginning."""
        watermark, _, grant_id = text.partition("~")
        try:
            return cls(max(-GREATEST, min(int(watermark), GREATEST)), grant_id)
        except ValueError:
            return cls()

    def __str__(self) -> str:
        """Return the text."""
        return f"{self.watermark}~{self.grant_id}"


class ByAddress(NamedTuple):
    """The place in the order of addresses; as text `<id>~<address>`."""

    email: str = ""
    id: UUID = FIRST_ID

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text; nonsense is the beginning."""
        id_, _, email = text.partition("~")
        try:
            return cls(email, UUID(id_))
        except ValueError:
            return cls()

    def __str__(self) -> str:
        """Return the text."""
        return f"{self.id}~{self.email}"
