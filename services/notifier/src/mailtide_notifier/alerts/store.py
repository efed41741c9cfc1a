"""Statements on incidents in Postgres, one function each."""

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
    """An open incident, and a channel that is due a reminder of it."""

    incident: Incident
    channel_id: UUID
    number: int
    """Number of the incident's reminders to this channel, including this one."""


async def insert_incident(connection: Connection, incident: Incident) -> bool:
    """Insert an incident, and end an open one of the same kind and subject without a notice.

    Returns False if the incident is stored already; nothing changes then.
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

    Returns None, and changes nothing, if it is not open or not stored.
    """
    row = await connection.fetchrow(sql(__package__, "close_incident"), incident_id, ended_at)
    return row and _incident(row)


async def list_due_reminders(connection: Connection) -> list[DueReminder]:
    """Return the reminders that are due, at most `limits.REMIND_BATCH`.

    A reminder is due once the channel's last notice of an open incident is older than its `reminder_seconds`, unless
    the channel is disabled or silenced, or a notice of the incident's opening or a reminder still waits.
    """
    rows = await connection.fetch(sql(__package__, "list_due_reminders"), limits.REMIND_BATCH)
    return [DueReminder(_incident(row), row["channel_id"], row["number"]) for row in rows]


async def delete_purged_incidents(connection: Connection, accounts: Sequence[UUID]) -> None:
    await connection.execute(sql(__package__, "delete_purged_incidents"), accounts)


async def prune_incidents(connection: Connection) -> None:
    """Delete ended incidents that opened more than `limits.STATE_DAYS` ago, at most `limits.PRUNE_BATCH` a call."""
    await connection.execute(sql(__package__, "prune_incidents"), limits.STATE_DAYS, limits.PRUNE_BATCH)


def _incident(row: Any) -> Incident:
    return Incident(
        row["id"], AlertKind(row["kind"]), row["subject"], row["reason"], row["opened_at"], row["ended_at"]
    )
