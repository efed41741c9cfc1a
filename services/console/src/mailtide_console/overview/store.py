"""Queries for the overview, other than those of `summary/`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from mailtide_common.contracts.times import in_datetime
from mailtide_console.database import Connection, sql


@dataclass(frozen=True, slots=True)
class IncidentKind:
    """The open incidents of a kind. The fields after `incidents` describe the oldest one."""

    kind: str
    incidents: int
    opened_at: datetime | None
    reason: str
    subject: str
    account_id: UUID | None
    email: str | None


@dataclass(frozen=True, slots=True)
class Destination:
    """A webhook destination at Nylas, as last stored."""

    id: str
    url: str
    status: str
    trigger_types: tuple[str, ...]
    has_secret: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetterCause:
    """Dead letters of one topic and error class that wait for an operator."""

    topic: str
    error_class: str
    waiting: int
    first_at: datetime
    last_at: datetime


async def list_open_incidents(connection: Connection) -> list[IncidentKind]:
    """List the open incidents by kind; the kind with the oldest incident comes first."""
    rows = await connection.fetch(sql(__package__, "list_open_incidents"))
    return [IncidentKind(**{**row, "opened_at": in_datetime(row["opened_at"])}) for row in rows]


async def list_destinations(connection: Connection) -> list[Destination]:
    """List the stored webhook destinations, the most recently updated first, at most 5."""
    rows = await connection.fetch(sql(__package__, "list_destinations"))
    return [Destination(**{**row, "trigger_types": tuple(row["trigger_types"])}) for row in rows]


async def list_dead_letter_causes(connection: Connection, limit: int) -> list[DeadLetterCause]:
    """List up to `limit` causes of waiting dead letters, the most frequent first."""
    rows = await connection.fetch(sql(__package__, "list_dead_letter_causes"), limit)
    return [DeadLetterCause(**row) for row in rows]
