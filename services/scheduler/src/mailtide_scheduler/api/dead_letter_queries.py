"""Queries of dead letters that only the API needs, one function per statement."""

import base64
from typing import Any
from uuid import UUID

from mailtide_common.contracts.api.dead_letters import (
    DeadLetter,
    DeadLetterCause,
    DeadLetterDetails,
    DeadLetterHeader,
)
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.dead_letters.content import content_of
from mailtide_scheduler.errors import NotFoundError


async def list_dead_letters(
    connection: Connection,
    limit: int,
    after: UUID | None,
    topic: str | None,
    error_class: str | None,
    *,
    waiting: bool,
) -> list[DeadLetter]:
    """Return a page of dead letters, newest first: sizes and reasons, never their content.

    Args:
        connection: for reading.
        limit: maximum number of rows.
        after: the last id of the page before; None: the first page.
        topic: only letters of this topic; None: of any topic.
        error_class: only letters of this error class; None: of any class.
        waiting: whether to leave out letters that were sent again or discarded.
    """
    rows = await connection.fetch(
        sql(__package__, "list_dead_letters"), limit, after, topic, error_class, waiting
    )
    return [DeadLetter(**row) for row in rows]


async def list_dead_letter_causes(connection: Connection, limit: int) -> list[DeadLetterCause]:
    """Return up to `limit` causes of letters that wait for a decision, most letters first."""
    rows = await connection.fetch(sql(__package__, "list_dead_letter_causes"), limit)
    return [DeadLetterCause(**row) for row in rows]


async def get_dead_letter(connection: Connection, letter_id: UUID, *, content: bool) -> DeadLetterDetails:
    """Return a dead letter with its headers.

    If `content` is True, the first `SHOWN_BYTES` of its value are included.

    Raises:
        NotFoundError: there is no such letter.
    """
    row = await connection.fetchrow(sql(__package__, "get_dead_letter"), letter_id, content)
    if row is None:
        raise NotFoundError(f"there is no dead letter {letter_id}")
    fields = dict(row)
    key, value = fields.pop("key"), fields.pop("value")
    fields["headers"] = tuple(map(_header, fields["headers"]))
    return DeadLetterDetails(
        **fields,
        key=None if key is None else key.decode("utf-8", "replace"),
        content=content_of(value or b"", limits.SHOWN_BYTES) if content else None,
    )


def _header(stored: dict[str, Any]) -> DeadLetterHeader:
    if "base64" in stored:
        return DeadLetterHeader(name=stored["name"], hex=base64.b64decode(stored["base64"]).hex(" "))
    return DeadLetterHeader(name=stored["name"], text=stored["text"])
