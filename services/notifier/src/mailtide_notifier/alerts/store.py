"""The notifier's own rows of incidents, in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mailtide_common.contracts.events import AlertKind
from mailtide_notifier import limits
from mailtide_notifier.database import Connection, sql

from .decide import Incident, series_id


@dataclass(frozen=True, slots=True)
class DueReminder:
    """An incident that lasts, and a channel that is reminded of it now."""

    incident: Incident
    channel_id: UUID
    number: int
    """How often it was reminded, this time included."""


async def insert_incident(connection: Connection, incident: Incident) -> bool:
    """Note an incident, instead of an open one of the same kind and subject. False: it is known."""
    row = await connection.fetchval(
        sql(__package__, "insert_incident"),
        incident.id,
        series_id(incident.kind, incident.subject),
        incident.kind.value,
        incident.subject,
        incident.account_id,
        incident.reason,
        incident.opened_at,
    )
    return row is not None


async def close_incident(connection: Connection, incident_id: UUID, ended_at: int) -> Incident | None:
    """Note the end of an incident. None: it is unknown, or has ended before."""
    row = await connection.fetchrow(sql(__package__, "close_incident"), incident_id, ended_at)
    return row and _incident(row)


async def list_due_reminders(connection: Connection) -> list[DueReminder]:
    """Reminders that are due now."""
    rows = await connection.fetch(sql(__package__, "list_due_reminders"), limits.REMIND_BATCH)
    return [DueReminder(_incident(row), row["channel_id"], row["number"]) for row in rows]


async def delete_purged_incidents(connection: Connection, accounts: Sequence[UUID]) -> None:
    """Forget the incidents of purged accounts."""
    await connection.execute(sql(__package__, "delete_purged_incidents"), accounts)


async def prune_incidents(connection: Connection) -> None:
    """Drop incidents that ended long ago."""
    await connection.execute(sql(__package__, "prune_incidents"), limits.STATE_DAYS, limits.PRUNE_BATCH)


def _incident(row: Any) -> Incident:
    return Incident(
        row["id"], AlertKind(row["kind"]), row["subject"], row["reason"], row["opened_at"], row["ended_at"]
    )
