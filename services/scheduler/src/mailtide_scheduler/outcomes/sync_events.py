"""Applies sync events: requests, workers' reports, held deletions and observed incidents."""

import time
from collections.abc import Sequence

import asyncpg

from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.events import (
    AlertEnded,
    AlertRaised,
    DeletionsHeld,
    IncidentSeen,
    MailboxProven,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
    SyncWanted,
)
from mailtide_common.runtime.logs import get_logger
from mailtide_scheduler import metrics
from mailtide_scheduler.audits.passes import note_counts
from mailtide_scheduler.database import Connection
from mailtide_scheduler.deletions.held_deletions import note_held
from mailtide_scheduler.incidents.incidents import close_incidents, mark_incident_reported, open_incident
from mailtide_scheduler.sync_intervals import SyncIntervals
from mailtide_scheduler.tasks.batch_writer import BatchWriter, Item, record_uuid, unreadable
from mailtide_scheduler.tasks.store import enqueue_task, record_progress
from mailtide_scheduler.wakeups import Signals
from mailtide_scheduler.webhooks.silence import insert_missed_mail

from .task_outcomes import OutcomeRecorder

SyncEvent = SyncWanted | SyncProgressed | SyncFinished | DeletionsHeld | IncidentSeen

log = get_logger(__name__)


class SyncEventHandler:
    """Applies the events of `mail.sync-events.v1` to the scheduler's tables."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        outcome_recorder: OutcomeRecorder,
        signals: Signals,
        intervals: SyncIntervals,
    ) -> None:
        self._outcome_recorder = outcome_recorder
        self._intervals = intervals
        self._signals = signals
        self._writer: BatchWriter[SyncEvent] = BatchWriter(pool, self._apply, ended)

    async def handle(self, records: Sequence[Record]) -> Sequence[Parked]:
        """Apply a batch of records; return the records to park.

        Records are parked if they are unreadable, are not sync events, or cannot be stored. Alerts, proofs
        and tombstones are skipped.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        items: list[Item[SyncEvent]] = []
        parked: list[Parked] = []
        for record in records:
            event = decode(record)
            if isinstance(event, SyncWanted | SyncProgressed | SyncFinished | DeletionsHeld):
                items.append((record, event.grant_id, event))
            elif isinstance(event, IncidentSeen):
                items.append((record, None, event))
            elif isinstance(event, Unreadable):
                parked.append(unreadable(record, event))
            elif not isinstance(event, Tombstone | AlertRaised | AlertEnded | MailboxProven):
                parked.append(Parked(record, ErrorClass.UNEXPECTED, f"{event.type} is not a sync event"))
        if items:
            parked += await self._writer.write(items)
            self._signals.work()
        return parked

    async def _apply(self, connection: Connection, record: Record, event: SyncEvent) -> None:
        match event:
            case SyncWanted():
                start = self._intervals.start_date(time.time()) if event.kind is SyncKind.BACKFILL else None
                task_id = record_uuid(record)
                if await enqueue_task(connection, task_id, event, record.traceparent, start_date=start):
                    metrics.ENQUEUED_TASKS.labels(event.kind).inc()
            case SyncProgressed():
                if await record_progress(connection, event):
                    await self._outcome_recorder.succeeded(connection, event.grant_id, event.at)
                    await note_counts(connection, event.task_id, event)
                    await insert_missed_mail(connection, event, event.at)
            case SyncFinished():
                if await self._outcome_recorder.record(connection, event):
                    await insert_missed_mail(connection, event, event.finished_at)
            case DeletionsHeld():
                await note_held(connection, event)
            case IncidentSeen() if event.lasts:
                await open_incident(connection, event.kind, event.subject, event.reason, event.at)
                await mark_incident_reported(connection, event.kind, event.subject)
            case IncidentSeen():
                await close_incidents(connection, event.kind, event.subject, event.at)


def ended(event: SyncEvent) -> SyncEvent | None:
    """Return the failure to record in place of a worker's report that cannot be stored. Pure.

    Without this failure, the task would wait for the end of its lease. Return None for events that are not
    reports.
    """
    match event:
        case SyncFinished():
            at, started = event.finished_at, event.started_at
        case SyncProgressed():
            at, started = event.at, event.at
        case _:
            return None
    return SyncFinished(
        **event.task,
        outcome=SyncOutcome.FAILED,
        error="the worker's report cannot be stored; see the dead letters",
        started_at=started,
        finished_at=at,
    )
