"""Dead letters."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from .model import PAGE_DEFAULT, PAGE_MAX, Request, Response, Text


class DeadLetter(Response):
    """A dead letter: its origin and the reason, never its content."""

    id: UUID
    topic: str
    partition: int
    offset: int
    group: str
    error_class: str
    """An `ErrorClass`; records that earlier versions parked have other names."""
    error_message: str
    attempts: int
    size: int
    """Bytes of the value."""
    parked_at: datetime
    redriven_at: datetime | None


class DeadLetterPage(Response):
    """Dead letters, newest first."""

    dead_letters: tuple[DeadLetter, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""


class Redrive(Request):
    """Send these dead letters again, or those of an error class that have not been sent again yet."""

    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=PAGE_MAX)] | None = None
    error_class: Text | None = None
    limit: int = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.error_class is None):
            raise ValueError("either ids or error_class must be given")
        return self


class RedriveRefusal(Response):
    """A dead letter that was not sent, and the reason."""

    id: UUID
    reason: str


class RedriveResult(Response):
    """Result of a redrive."""

    redriven: int
    refused: tuple[RedriveRefusal, ...]
