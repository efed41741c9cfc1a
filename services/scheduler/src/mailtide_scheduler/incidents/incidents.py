"""Incidents, and the alerts that are published when they begin, change and end.

An incident is stored in the transaction that detects it. Its alerts are published from the table. After a
crash in between, a later pass publishes them. An alert that is published twice has the same time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg

from mailtide_common.contracts.events import AlertEnded, AlertKind, AlertRaised
from mailtide_common.contracts.health.incident_cures import ABOUT_GRANTS
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_scheduler import limits, metrics
from mailtide_scheduler.database import Connection, sql, transaction

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """An incident that has just ended."""

    subject: str
    since: UnixMicros
    """The earliest time at which the incident may have begun. If that is unknown, the time of its
    detection."""


async def publish_alerts(pool: asyncpg.Pool, publisher: Publisher) -> None:
    """Publish the unpublished alerts of up to `ALERT_BATCH` incidents, oldest first.

    Raises:
        TransientError: Kafka or Postgres is unavailable; a later call publishes the alerts, perhaps once more.
    """
    async with transaction(pool) as connection:
        rows = await list_unpublished_incidents(connection)
        if not rows:
            return
        alerts = [alert for _, alerts in rows for alert in alerts]
        await publisher.publish_all(alerts)
        await mark_incidents_published(connection, [id_ for id_, _ in rows])
    for alert in alerts:
        if isinstance(alert, AlertRaised):
            metrics.INCIDENTS.labels(alert.kind).inc()


async def open_incident(
    connection: Connection,
    kind: AlertKind,
    subject: str,
    reason: str,
    at: UnixMicros,
    *,
    since: UnixMicros | None = None,
    momentary: bool = False,
) -> bool:
    """Store an incident, log it unless it is momentary, and return True.

    Return False, without a change, if an incident of the same kind and subject is open.

    Args:
        connection: in a transaction.
        kind: the kind of incident.
        subject: what the incident is about: a grant, destination, group or process, or `nylas`.
        reason: what happened, without mail content or secrets.
        at: when the incident was detected.
        since: the earliest time at which the incident may have begun; None: unknown.
        momentary: whether the incident ends at once. Then no alert announces its end.
    """
    row = await connection.fetchval(
        sql(__package__, "open_incident"), kind.value, subject, reason, at, momentary, since
    )
    if row is not None and not momentary:
        log_opened(kind, subject, reason)
    return row is not None


def log_opened(kind: AlertKind, subject: str, reason: str) -> None:
    """Log the opening of an incident as an error. A grant is logged as its account's id."""
    log.error("incident_opened", kind=kind.value, about=_about(kind, subject), reason=reason)


def log_ended(kind: AlertKind, subject: str) -> None:
    """Log the end of an incident as a warning. A grant is logged as its account's id."""
    log.warning("incident_ended", kind=kind.value, about=_about(kind, subject))


def _about(kind: AlertKind, subject: str) -> str:
    return str(account_uuid(subject)) if kind in ABOUT_GRANTS else subject


async def update_incident(
    connection: Connection,
    kind: AlertKind,
    subject: str,
    reason: str,
    at: UnixMicros,
    *,
    earliest: UnixMicros,
) -> None:
    """Mark an open incident for another alert with a new reason. `at` becomes the incident's opening time.

    Nothing changes if the reason is the same, or if the last published alert is newer than `earliest`. An
    alert that is still unpublished gets the new reason, but keeps its time.
    """
    await connection.execute(sql(__package__, "update_incident"), kind.value, subject, reason, at, earliest)


async def close_incidents(
    connection: Connection, kind: AlertKind, subject: str | None, at: int
) -> list[Ended]:
    """Record that open incidents of a kind have ended, and return them.

    Args:
        connection: in a transaction.
        kind: the kind of incident.
        subject: as in `open_incident`; None: end all open incidents of the kind.
        at: when they ended, in Unix microseconds.
    """
    rows = await connection.fetch(sql(__package__, "close_incidents"), kind.value, subject, at)
    return [Ended(row["subject"], row["since"]) for row in rows]


async def mark_incident_reported(connection: Connection, kind: AlertKind, subject: str) -> None:
    """Note that a process reported an open incident just now."""
    await connection.execute(sql(__package__, "mark_incident_reported"), kind.value, subject)


async def get_open_since(connection: Connection, kind: AlertKind) -> UnixMicros | None:
    """Return the earliest opening time of the open incidents of a kind; None if none is open."""
    since: UnixMicros | None = await connection.fetchval(sql(__package__, "get_open_since"), kind.value)
    return since


async def count_open_incidents(connection: Connection) -> dict[str, int]:
    """Return the numbers of open incidents by kind. Kinds without an open incident are left out."""
    rows = await connection.fetch(sql(__package__, "count_open_incidents"))
    return {row["kind"]: row["incidents"] for row in rows}


async def list_unpublished_incidents(
    connection: Connection,
) -> list[tuple[object, list[AlertRaised | AlertEnded]]]:
    """Return and lock up to `ALERT_BATCH` incidents with unpublished alerts, oldest first.

    Each entry has the incident's id, and the alert of its beginning, of its end, or both. Incidents that are
    locked already are left out.
    """
    rows = await connection.fetch(sql(__package__, "list_unpublished_incidents"), limits.ALERT_BATCH)
    return [(row["id"], list(_alerts(row))) for row in rows]


def _alerts(row: Any) -> Iterator[AlertRaised | AlertEnded]:
    kind, subject = AlertKind(row["kind"]), row["subject"]
    if not row["alerted"]:
        yield AlertRaised(kind=kind, subject=subject, reason=row["reason"], at=row["opened_at"])
    if row["ended_at"] is not None and not row["end_alerted"]:
        yield AlertEnded(
            kind=kind,
            subject=subject,
            reason=row["reason"],
            opened_at=row["opened_at"],
            at=row["ended_at"],
        )


async def mark_incidents_published(connection: Connection, incidents: list[object]) -> None:
    await connection.execute(sql(__package__, "mark_incidents_published"), incidents)


async def prune_incidents(connection: Connection) -> None:
    """Delete up to `PRUNE_BATCH` incidents that have ended and were opened more than `RUN_DAYS` ago.

    Incidents with unpublished alerts stay.
    """
    await connection.execute(sql(__package__, "prune_incidents"), limits.RUN_DAYS, limits.PRUNE_BATCH)
