"""Bodies of the routes for dead letters."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from .model import PAGE_DEFAULT, PAGE_MAX, Request, Response, Text, visible

Note = Annotated[Text, Field(min_length=1, max_length=500), AfterValidator(visible)]
"""The reason of a discard."""


class DeadLetter(Response):
    """A dead letter's origin and reason, without the record's content."""

    id: UUID
    topic: str
    partition: int
    offset: int
    group: str
    error_class: str
    """An `ErrorClass`. Dead letters of earlier releases have other classes."""
    error_message: str
    attempts: int
    size: int
    """Bytes of the value."""
    parked_at: datetime
    redriven_at: datetime | None
    discarded_at: datetime | None
    discard_note: str | None
    """The operator's reason for discarding it."""


class DeadLetterHeader(Response):
    """A header of the original record: `text`, or `hex` if its bytes are not UTF-8 or contain NUL."""

    name: str
    text: str | None = None
    hex: str | None = None


class DeadLetterContent(Response):
    """The first bytes of a record's value."""

    hex: str
    """The bytes in hexadecimal, separated by spaces."""
    text: str | None
    """The bytes as text, after decompression if they are gzip. Null if that fails, or if the result
    is not UTF-8."""
    complete: bool
    """Whether `hex` shows the whole value."""


class DeadLetterDetails(DeadLetter):
    """A dead letter with its headers, and its content on request."""

    key: str | None
    """The record's key, such as the ids of a grant and a message. Bytes that are not UTF-8 are replaced."""
    headers: tuple[DeadLetterHeader, ...]
    redrives: int
    """Number of times that the record was sent again."""
    content: DeadLetterContent | None
    """The content, which may be mail; null if it was not requested."""


class DeadLetterCause(Response):
    """The waiting dead letters (neither sent again nor discarded) of one topic and error class."""

    topic: str
    error_class: str
    waiting: int
    first_at: datetime
    """When the oldest of these dead letters was parked."""
    last_at: datetime


class DeadLetterCauses(Response):
    """Causes, ordered by their number of dead letters, highest first."""

    causes: tuple[DeadLetterCause, ...]


class DeadLetterPage(Response):
    """A page of dead letters, newest first."""

    dead_letters: tuple[DeadLetter, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""


class _Chosen(Request):
    """A selection of dead letters, either by their ids or by their error class."""

    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=PAGE_MAX)] | None = None
    error_class: Text | None = None
    """Selects waiting dead letters of this class."""
    topic: Text | None = None
    """Restricts `error_class` to this topic."""
    limit: int = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX)
    """Maximum number of dead letters that `error_class` selects, the oldest first. It does not limit
    `ids`."""

    @property
    def most(self) -> int:
        """Maximum number of dead letters that the request can select."""
        return self.limit if self.ids is None else len(self.ids)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.error_class is None):
            raise ValueError("exactly one of ids and error_class must be given")
        if self.topic is not None and self.error_class is None:
            raise ValueError("topic can only be given together with error_class")
        return self


class Redrive(_Chosen):
    """A request to send dead letters again.

    Ids also select dead letters that were sent again or discarded before; an error class selects only waiting
    ones.
    """


class Discard(_Chosen):
    """A request to discard waiting dead letters, selected by their ids or by an error class."""

    note: Note
    """The reason, which is stored; it must not contain mail content."""


class DiscardResult(Response):
    """Result of discarding dead letters."""

    discarded: int
    """Number of discarded dead letters. Those that were sent again or discarded before do not count."""


class RedriveRefusal(Response):
    """A dead letter that was not sent again, and the reason."""

    id: UUID
    reason: str


class RedriveResult(Response):
    """The result of sending dead letters again."""

    redriven: int
    refused: tuple[RedriveRefusal, ...]
