"""Use case: tell people about incidents, once each.

An incident is noted in the transaction that finds it, and its alert is published from the table: whoever dies in
between, another one says it. An alert that is said twice carries the same moment.
"""

from dataclasses import dataclass

import asyncpg

from mailtide_common.contracts.events import AlertKind, AlertRaised
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_scheduler import limits, metrics
from mailtide_scheduler.database import Connection, sql, transaction


@dataclass(frozen=True, slots=True)
class Ended:
    """An incident that is over."""

    subject: str
    since: int
    """Microseconds since 1970: it may have lasted since then."""


class IncidentPublisher:
    """Publishes the alerts of incidents."""

    def __init__(self, pool: asyncpg.Pool, publisher: Publisher) -> None:
        """Both are used, not owned."""
        self._pool = pool
        self._publisher = publisher

    async def publish_pending(self) -> None:
        """Publish what has not been said.

        Raises:
            TransientError: Kafka or Postgres is unavailable; it is said later.
        """
        async with transaction(self._pool) as connection:
            rows = await list_unpublished_incidents(connection)
            if not rows:
                return
            alerts = [alert for _, alert in rows]
            await self._publisher.publish_all(alerts)
            await mark_incidents_published(connection, [id_ for id_, _ in rows])
        for alert in alerts:
            metrics.INCIDENTS.labels(alert.kind).inc()


async def open_incident(
    connection: Connection,
    kind: AlertKind,
    subject: str,
    reason: str,
    at: int,
    *,
    since: int | None = None,
    momentary: bool = False,
) -> bool:
    """Note an incident. False while it lasts already.

    Args:
        connection: in a transaction.
        kind: what people are told.
        subject: what it is about.
        reason: what happened.
        at: when it was found (microseconds since 1970).
        since: from when on it may have lasted unseen.
        momentary: it ends at once.
    """
    row = await connection.fetchval(
        sql(__package__, "open_incident"), kind.value, subject, reason, at, momentary, since
    )
    return row is not None


async def update_incident(
    connection: Connection, kind: AlertKind, subject: str, reason: str, at: int, *, earliest: int
) -> None:
    """Tell people that an incident that lasts is another one by now (`at`, microseconds since 1970).

    One that was told after `earliest` stays as it is; one that is about to be told is told as it is now.
    """
    await connection.execute(sql(__package__, "update_incident"), kind.value, subject, reason, at, earliest)


async def close_incidents(
    connection: Connection, kind: AlertKind, subject: str | None, at: int
) -> list[Ended]:
    """Note that incidents are over; `subject` None: all of the kind."""
    rows = await connection.fetch(sql(__package__, "close_incidents"), kind.value, subject, at)
    return [Ended(row["subject"], row["since"]) for row in rows]


async def get_open_since(connection: Connection, kind: AlertKind) -> int | None:
    """Since when an incident of a kind lasts (microseconds since 1970); None: none does."""
    since: int | None = await connection.fetchval(sql(__package__, "get_open_since"), kind.value)
    return since


async def list_unpublished_incidents(connection: Connection) -> list[tuple[object, AlertRaised]]:
    """Incidents to be told, oldest first, with their alerts."""
    rows = await connection.fetch(sql(__package__, "list_unpublished_incidents"), limits.ALERT_BATCH)
    return [
        (
            row["id"],
            AlertRaised(
                kind=AlertKind(row["kind"]),
                subject=row["subject"],
                reason=row["reason"],
                at=row["opened_at"],
            ),
        )
        for row in rows
    ]


async def mark_incidents_published(connection: Connection, incidents: list[object]) -> None:
    """Note that alerts are in Kafka."""
    await connection.execute(sql(__package__, "mark_incidents_published"), incidents)


async def prune_incidents(connection: Connection) -> None:
    """Drop incidents that ended long ago."""
    await connection.execute(sql(__package__, "prune_incidents"), limits.RUN_DAYS, limits.PRUNE_BATCH)
