"""Statements on incidents, one function each."""

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
    """An open incident, and a channel to which a reminder of it is due."""

    incident: Incident
    channel_id: UUID
    number: int
    """The reminder's number among this channel's reminders of the incident, from 1."""


async def insert_incident(connection: Connection, incident: Incident) -> bool:
    """Insert an incident; return False, and change nothing, if it is already stored.

    If an incident of the same kind and subject is open, it is ended without a notice.
    """
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
    """Record when an incident ended (microseconds since 1970), and return the incident.

    Returns None, and changes nothing, if the incident is not open or not stored.
    """
    row = await connection.fetchrow(sql(__package__, "close_incident"), incident_id, ended_at)
    return row and _incident(row)


async def list_due_reminders(connection: Connection) -> list[DueReminder]:
    """Return due reminders of open incidents, at most `limits.REMIND_BATCH`.

    A reminder is due if the channel's last opening notice or reminder is older than its `reminder_seconds`.
    There is none while one of these notices waits, or while the channel is disabled or silenced.
    """
    rows = await connection.fetch(sql(__package__, "list_due_reminders"), limits.REMIND_BATCH)
    return [DueReminder(_incident(row), row["channel_id"], row["number"]) for row in rows]


async def delete_purged_incidents(connection: Connection, accounts: Sequence[UUID]) -> None:
    await connection.execute(sql(__package__, "delete_purged_incidents"), accounts)


async def prune_incidents(connection: Connection) -> None:
    """Delete up to `limits.PRUNE_BATCH` ended incidents that opened more than `limits.STATE_DAYS` ago."""
    await connection.execute(sql(__package__, "prune_incidents"), limits.STATE_DAYS, limits.PRUNE_BATCH)


def _incident(row: Any) -> Incident:
    return Incident(
        row["id"], AlertKind(row["kind"]), row["subject"], row["reason"], row["opened_at"], row["ended_at"]
    )
