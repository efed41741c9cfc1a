"""Statements on tasks and the locks of schedules, one function each. None of them opens a transaction.

To enqueue, requeue or end tasks of a grant, the caller must hold the grant's lock (`lock_schedules`).
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mailtide_common.contracts.events import (
    NEWEST,
    Lane,
    SyncFinished,
    SyncKind,
    SyncProgressed,
    SyncRequested,
    SyncWanted,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.times import UnixMicros, UnixSeconds, of_datetime
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql
from mailtide_scheduler.sync_intervals import SyncIntervals

from .long_ids import insert_long_ids, list_long_ids, shortened


@dataclass(frozen=True, slots=True)
class Reported:
    """A task on which a worker has reported."""

    task_id: UUID
    grant_id: str
    kind: SyncKind
    watermark: UnixSeconds | None
    """The time before the task's first listing, as an earlier slice reported it; None if no slice did."""
    attempts: int
    not_found: int
    """Number of earlier 404s in a row."""
    synced_count: int


async def lock_schedules(connection: Connection, grants: Collection[str]) -> None:
    """Lock the schedules of `grants` until the transaction ends. Missing ones are created.

    A new schedule is due at once. It is marked as removed if the grant was purged.
    """
    names = list(grants)
    await connection.execute(
        sql(__package__, "lock_schedules"), names, [account_uuid(grant) for grant in names]
    )


@dataclass(frozen=True, slots=True)
class Claimed:
    """A request to send, and the trace that it continues, if any."""

    request: SyncRequested
    traceparent: str | None


async def enqueue_task(
    connection: Connection,
    task_id: UUID,
    wanted: SyncWanted,
    traceparent: str | None = None,
    *,
    start_date: UnixSeconds | None = None,
) -> bool:
    """Create a task, or merge the request with an equal task that waits (see `requeue_task`).

    Return False if a task with `task_id` exists already.

    Args:
        connection: in a transaction that holds the grant's lock.
        task_id: the id of a new task. Derive it from the request if the call may be repeated.
        wanted: the request.
        traceparent: the trace that the request continues.
        start_date: how far back a new backfill reaches; None: to the oldest mail.
    """
    named = [id_ for id_ in (wanted.message_id, wanted.thread_id) if id_ is not None]
    await insert_long_ids(connection, wanted.grant_id, named)
    row = await connection.fetchrow(
        sql(__package__, "enqueue_task"),
        task_id,
        wanted.grant_id,
        wanted.kind.value,
        None if wanted.message_id is None else shortened(wanted.message_id),
        None if wanted.thread_id is None else shortened(wanted.thread_id),
        wanted.follow_up,
        wanted.deletion_seen,
        wanted.reason,
        wanted.not_before,
        wanted.lane.value,
        traceparent,
        start_date,
        wanted.folders_only,
    )
    return row is not None


async def force_index_scans(connection: Connection) -> None:
    """Make Postgres plan with indexes, and without JIT compilation, until the transaction ends."""
    await connection.execute(sql(__package__, "force_index_scans"))


async def claim_tasks(connection: Connection, intervals: SyncIntervals) -> list[Claimed]:
    """Lease due tasks, and return them as requests to send.

    One call leases up to `CLAIM_BATCH` waiting tasks, and up to `CLAIM_BATCH` tasks whose lease has expired.
    An expired lease counts as a failed attempt, unless `update_unsent_leases` has shortened it. The SQL file
    lists the tasks that are left out.
    """
    windows, start_date = intervals.windows, intervals.start_date(time.time())
    rows = await connection.fetch(
        sql(__package__, "claim_tasks"),
        limits.CLAIM_BATCH,
        limits.SENDING_LEASE_SECONDS,
        limits.OVERLAP_SECONDS,
        windows.short,
        windows.medium,
        windows.medium_interval,
        windows.long,
        windows.long_interval,
        limits.DISCARD_SECONDS,
        limits.MAX_LEASE_SECONDS,
    )
    named = {row[name] for row in rows for name in ("message_id", "thread_id")}
    named |= {folder for row in rows for folder in row["approved_folders"] or ()}
    long = await list_long_ids(connection, named)
    return [Claimed(_request(row, long, start_date), row["traceparent"]) for row in rows]


def _request(row: Any, long_ids: Mapping[str, str], audited_from: UnixSeconds | None) -> SyncRequested:
    return SyncRequested(
        task_id=row["task_id"],
        run_id=row["run_id"],
        grant_id=row["grant_id"],
        kind=SyncKind(row["kind"]),
        since=row["since"],
        until=row["until"],
        watermark=row["watermark"],
        message_id=long_ids.get(row["message_id"], row["message_id"]),
        thread_id=long_ids.get(row["thread_id"], row["thread_id"]),
        follow_up=row["follow_up"] and row["kind"] != SyncKind.AUDIT,
        deletion_seen=row["deletion_seen"],
        lane=Lane(row["lane"]),
        window_seconds=row["window_seconds"],
        repair=not (row["follow_up"] and row["kind"] == SyncKind.AUDIT),
        start_date=audited_from if row["kind"] == SyncKind.AUDIT else row["start_date"],
        folders_only=row["folders_only"],
        approved_folders=tuple(long_ids.get(id_, id_) for id_ in row["approved_folders"] or ()),
        requested_at=_requested_at(row),
        attempt=row["attempts"] + 1,
        not_found=row["not_found"],
    )


def _requested_at(row: Any) -> UnixMicros | None:
    match row["kind"]:
        case SyncKind.PURGE:
            return of_datetime(row["created_at"])
        case SyncKind.MESSAGE if row["follow_up"]:
            return of_datetime(row["due_at"])
        case _:
            return None


async def update_sent_leases(connection: Connection, tasks: Sequence[UUID]) -> None:
    """Extend the leases of tasks whose requests Kafka has acknowledged.

    A lease is `LEASE_SECONDS`, doubled with each failed attempt up to `MAX_LEASE_SECONDS`.
    """
    await connection.execute(
        sql(__package__, "update_sent_leases"), list(tasks), limits.LEASE_SECONDS, limits.MAX_LEASE_SECONDS
    )


async def update_unsent_leases(connection: Connection, tasks: Sequence[UUID], seconds: float) -> None:
    """Shorten the leases of tasks whose requests could not be sent, so that they are sent again in `seconds`.

    This does not count as a failed attempt.
    """
    await connection.execute(sql(__package__, "update_unsent_leases"), list(tasks), seconds)


async def record_report(connection: Connection, event: SyncFinished) -> Reported | None:
    """Record a worker's final report, and return its task.

    Return None, without a change, if the report is not newer than the last recorded one, or if the task has
    ended or was deleted.
    """
    row = await connection.fetchrow(
        sql(__package__, "record_report"),
        event.task_id,
        event.finished_at,
        event.synced_count,
        event.outcome.value,
        event.error,
    )
    if row is None:
        return None
    return Reported(
        task_id=row["task_id"],
        grant_id=row["grant_id"],
        kind=SyncKind(row["kind"]),
        watermark=row["watermark"],
        attempts=row["attempts"],
        not_found=row["not_found"],
        synced_count=row["synced_count"],
    )


async def record_progress(connection: Connection, event: SyncProgressed) -> bool:
    """Record the end of a slice. The next slice is due at once.

    Earlier failures are over: they no longer count, and the task's outcome and error are cleared.

    Return False, without a change, if the slice does not follow the last recorded one, or if the task has
    ended or was deleted.
    """
    row = await connection.fetchrow(
        sql(__package__, "record_progress"),
        event.task_id,
        event.at,
        event.synced_count,
        event.until,
        event.watermark,
        event.oldest,
        event.slice_from,
        NEWEST,
        event.aside_seconds,
    )
    return row is not None


async def complete_task(connection: Connection, task_id: UUID) -> None:
    """End a task.

    If the task fetched a message or thread, a waiting proving audit begins no earlier than `PROOF_SECONDS`
    from now. The audit's longest wait for repairs (`PROOF_WAIT_SECONDS`) still applies.
    """
    await connection.execute(sql(__package__, "complete_task"), task_id, limits.PROOF_SECONDS)


async def requeue_task(
    connection: Connection, task_id: UUID, delay_seconds: float, failures: int, *, not_found: bool = False
) -> bool:
    """Schedule another attempt of a task in `delay_seconds`, and add `failures` to its failed attempts.

    With `not_found`, the failures are 404s. Other failures end a row of 404s.

    Return False, without a change, if an equal task is waiting; then call `merge_task`. Two tasks are equal
    if they have the same grant, kind, message, thread and `follow_up`, and neither has completed a slice. The
    caller holds the grant's lock.
    """
    row = await connection.fetchrow(
        sql(__package__, "requeue_task"), task_id, delay_seconds, failures, not_found
    )
    return row is not None


async def merge_task(
    connection: Connection, task_id: UUID, delay_seconds: float, failures: int, *, not_found: bool = False
) -> None:
    """End a task, and let the equal task that is waiting continue it (see `requeue_task`).

    The waiting task takes over the attempts, age, delay, count of messages, flags, lane and run accounts. The
    caller holds the grant's lock.
    """
    await connection.execute(sql(__package__, "merge_task"), task_id, delay_seconds, failures, not_found)


async def count_open_tasks(connection: Connection) -> list[tuple[str, int, float]]:
    """Return the kinds of open tasks, with their number and the seconds for which the oldest has been due.

    The seconds are 0 if no waiting task is due.
    """
    rows = await connection.fetch(sql(__package__, "count_open_tasks"))
    return [(row["kind"], row["open"], row["oldest_seconds"]) for row in rows]
