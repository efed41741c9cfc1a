"""The statements on schedules and tasks, one function each; the use case opens the transaction.

Whoever wishes, requeues or settles tasks of a grant holds its lock (`lock_schedules`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from mailtide_common.contracts.events import SyncFinished, SyncKind, SyncProgressed, SyncRequested, SyncWanted

from . import limits
from .database import Connection, sql


@dataclass(frozen=True, slots=True)
class Reported:
    """A task that a worker reported on, as it stands after the report."""

    task_id: UUID
    grant_id: str
    kind: SyncKind
    watermark: int | None
    """Delta: unix seconds before its first listing, if a slice was reported."""
    attempts: int
    synced_count: int


async def lock_schedules(connection: Connection, grants: Collection[str]) -> None:
    """Be the only one who works on these grants' tasks until the transaction ends."""
    await connection.execute(sql("lock_schedules"), list(grants))


async def want_task(connection: Connection, task_id: UUID, wanted: SyncWanted) -> bool:
    """Note a wish, or merge it with an equal one. False when this very wish was noted before."""
    row = await connection.fetchrow(
        sql("want_task"),
        task_id,
        wanted.grant_id,
        wanted.kind.value,
        wanted.message_id,
        wanted.thread_id,
        wanted.follow_up,
        wanted.deletion_seen,
        wanted.reason,
        wanted.not_before,
    )
    return row is not None


async def plan_deltas(connection: Connection, interval_seconds: float) -> int:
    """Create a delta for each account whose turn it is; gives back how many."""
    rows = await connection.fetch(sql("plan_deltas"), interval_seconds, limits.PLAN_BATCH)
    return len(rows)


async def claim_tasks(connection: Connection) -> list[SyncRequested]:
    """Lease what is due, at most `CLAIM_BATCH`, as requests to be sent."""
    rows = await connection.fetch(
        sql("claim_tasks"),
        limits.CLAIM_BATCH,
        limits.SENDING_LEASE_SECONDS,
        limits.OVERLAP_SECONDS,
    )
    return [
        SyncRequested(
            task_id=row["task_id"],
            run_id=row["run_id"],
            grant_id=row["grant_id"],
            kind=SyncKind(row["kind"]),
            since=row["since"],
            until=row["until"],
            watermark=row["watermark"],
            message_id=row["message_id"],
            thread_id=row["thread_id"],
            follow_up=row["follow_up"],
            deletion_seen=row["deletion_seen"],
            attempt=row["attempts"] + 1,
        )
        for row in rows
    ]


async def confirm_sent(connection: Connection, tasks: Sequence[UUID]) -> None:
    """Give workers time for tasks that Kafka has acknowledged."""
    await connection.execute(sql("confirm_sent"), list(tasks), limits.LEASE_SECONDS, limits.MAX_LEASE_SECONDS)


async def shorten_leases(connection: Connection, tasks: Sequence[UUID], seconds: float) -> None:
    """Have tasks that could not be sent be due again soon."""
    await connection.execute(sql("shorten_leases"), list(tasks), seconds)


async def next_due(connection: Connection) -> float | None:
    """Seconds until the next task is due; None when none is planned."""
    seconds: float | None = await connection.fetchval(sql("next_due"))
    return seconds


async def report_task(connection: Connection, event: SyncFinished) -> Reported | None:
    """Note a worker's report, once. None when it is known already or its task has ended."""
    row = await connection.fetchrow(
        sql("report_task"),
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
        synced_count=row["synced_count"],
    )


async def progress_task(connection: Connection, event: SyncProgressed) -> bool:
    """Note that a slice is done and the next one is due. False when it is known already."""
    row = await connection.fetchrow(
        sql("progress_task"), event.task_id, event.at, event.synced_count, event.until, event.watermark
    )
    return row is not None


async def close_task(connection: Connection, task_id: UUID) -> None:
    """End a task for good."""
    await connection.execute(sql("close_task"), task_id)


async def requeue_task(connection: Connection, task_id: UUID, delay_seconds: float, failures: int) -> bool:
    """Try a task again later, with `failures` more tries behind it. False when an equal wish waits already."""
    row = await connection.fetchrow(sql("requeue_task"), task_id, delay_seconds, failures)
    return row is not None


async def merge_task(connection: Connection, task_id: UUID, delay_seconds: float, failures: int) -> None:
    """Give a task, with its delay and its runs, to the equal wish that waits."""
    await connection.execute(sql("merge_task"), task_id, delay_seconds, failures)


async def record_good_delta(
    connection: Connection, grant_id: str, watermark: int | None, next_seconds: float
) -> None:
    """Note a clean pass: the watermark moves forward, and the next turn is `next_seconds` away."""
    await connection.execute(
        sql("record_good_delta"), grant_id, watermark, limits.OVERLAP_SECONDS, next_seconds
    )


async def record_bad_delta(
    connection: Connection, grant_id: str, *, failures: int, next_seconds: float
) -> None:
    """Note a pass that did not end clean."""
    await connection.execute(sql("record_bad_delta"), grant_id, failures, next_seconds)


async def throttle_grant(connection: Connection, grant_id: str, seconds: float) -> None:
    """Make no calls for a grant for `seconds`."""
    await connection.execute(sql("throttle_grant"), grant_id, seconds)


async def hear_of_account(
    connection: Connection, grant_id: str, observed_at: int, connected_at: int | None, *, active: bool
) -> bool:
    """Note what was observed of an account (microseconds since 1970); whether its mailbox is due at once."""
    due: bool | None = await connection.fetchval(
        sql("hear_of_account"), grant_id, observed_at, connected_at, active
    )
    return bool(due)


async def forget_grant(connection: Connection, grant_id: str) -> None:
    """Drop the schedule and the open tasks of an account that was purged."""
    await connection.execute(sql("forget_grant"), grant_id)


async def prune_tasks(connection: Connection) -> None:
    """Drop tasks that ended long ago."""
    await connection.execute(sql("prune_tasks"), limits.TASK_DAYS, limits.PRUNE_BATCH)
