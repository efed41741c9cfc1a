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
    discarded_at: datetime | None
    discard_note: str | None
    """Why an operator discarded it."""


class DeadLetterHeader(Response):
    """A header of the original record: text, or hexadecimal digits where the bytes are not plain text."""

    name: str
    text: str | None = None
    hex: str | None = None


class DeadLetterContent(Response):
    """The first bytes of a value."""

    hex: str
    """Hexadecimal digits, with a space between two bytes."""
    text: str | None
    """Inflated if they are gzip; null if they are no UTF-8."""
    complete: bool
    """Whether `hex` shows the whole value."""


class DeadLetterDetails(DeadLetter):
    """A dead letter with its headers, and its content on request."""

    key: str | None
    """The record's key: ids of a grant and a message. Bytes that are no UTF-8 are replaced."""
    headers: tuple[DeadLetterHeader, ...]
    redrives: int
    """How often it was sent again."""
    content: DeadLetterContent | None
    """Null unless it was requested: it may be mail."""


class DeadLetterCause(Response):
    """Dead letters with one topic and error class that were neither sent again nor discarded."""

    topic: str
    error_class: str
    waiting: int
    first_at: datetime
    """When the oldest was parked."""
    last_at: datetime


class DeadLetterCauses(Response):
    """Causes, those with the most letters first."""

    causes: tuple[DeadLetterCause, ...]


class DeadLetterPage(Response):
    """Dead letters, newest first."""

    dead_letters: tuple[DeadLetter, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""


class _Chosen(Request):
    """These dead letters, or those of an error class that wait for a decision."""

    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=PAGE_MAX)] | None = None
    error_class: Text | None = None
    topic: Text | None = None
    """With `error_class`: only those of this topic."""
    limit: int = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.error_class is None):
            raise ValueError("either ids or error_class must be given")
        if self.topic is not None and self.error_class is None:
            raise ValueError("topic needs error_class")
        return self


class Redrive(_Chosen):
    """Send dead letters again: these, or those of an error class that wait for a decision."""


class Discard(_Chosen):
    """Discard dead letters that wait for a decision: these, or those of an error class."""

    note: Annotated[Text, Field(min_length=1, max_length=500, pattern=r"\S")]
    """The reason, for the record; without mail content."""


class DiscardResult(Response):
    """Number of discarded letters. Letters that were sent again or discarded before do not count."""

    discarded: int


class RedriveRefusal(Response):
    """A dead letter that was not sent, and the reason."""

    id: UUID
    reason: str


class RedriveResult(Response):
    """Result of a redrive."""

    redriven: int
    refused: tuple[RedriveRefusal, ...]
