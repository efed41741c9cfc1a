"""Statements on runs, one function each. None of them opens a transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from mailtide_common.contracts.api.runs import RunSummary
from mailtide_common.contracts.events import SyncKind
from mailtide_common.contracts.health.conditions import HEALTH_COLUMNS, AccountHealth, account_health
from mailtide_common.contracts.times import UnixSeconds
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql


@dataclass(frozen=True, slots=True)
class Run:
    """One cron run or manual run."""

    run_id: UUID
    kind: Literal["cron", "manual"]
    status: Literal["running", "finished"]
    started_at: datetime
    finished_at: datetime | None
    duration: int
    """Milliseconds from the run's start to its end, or until now while it is running."""


@dataclass(frozen=True, slots=True)
class RunAccount:
    """An account of a run.

    The fields from `task_state` to `busy_seconds` are about the task that the run waits for, while the
    account is pending. Those from `until` to `busy_seconds` are explained in `progress.Listing`.
    """

    account_id: UUID
    grant_id: str
    email_address: str | None
    status: Literal["pending", "success", "failed", "skipped"]
    synced_count: int
    error: str | None
    finished_at: datetime | None
    task_state: str | None
    """`pending` while the task waits, `leased` from its claim until a worker's report, `done` once it has
    ended. None if there is no such task."""
    task_kind: str | None
    until: UnixSeconds | None
    watermark: UnixSeconds | None
    oldest: UnixSeconds | None
    start_date: UnixSeconds | None
    busy_seconds: float
    health: AccountHealth | None = None
    """The account's present health; None if the account has succeeded or no longer exists."""


async def insert_cron_run(connection: Connection, run_id: UUID) -> bool:
    """Start a run over all active accounts. Return False if a cron run is running."""
    return await connection.fetchval(sql(__package__, "insert_cron_run"), run_id) is not None


async def get_running_cron_run(connection: Connection) -> UUID | None:
    """Return the id of the running cron run; None if there is none."""
    run_id: UUID | None = await connection.fetchval(sql(__package__, "get_running_cron_run"))
    return run_id


async def insert_manual_run(connection: Connection, run_id: UUID, account_id: UUID) -> str | None:
    """Start a run over one account if it is active; return the account's status.

    Return None if there is no such account.
    """
    status: str | None = await connection.fetchval(sql(__package__, "insert_manual_run"), run_id, account_id)
    return status


async def list_run_grants(connection: Connection, run_id: UUID) -> list[str]:
    return [row["grant_id"] for row in await connection.fetch(sql(__package__, "list_run_grants"), run_id)]


async def skip_throttled(
    connection: Connection, *, grants: Collection[str] | None = None, run_id: UUID | None = None
) -> None:
    """In running runs, skip pending accounts that are throttled for too long.

    Calls for such an account are forbidden for longer than `RUN_PATIENCE_SECONDS`, counted from the start of a
    cron run, and from now in a manual run.

    Args:
        connection: in a transaction.
        grants: only these grants; None: all.
        run_id: only this run; None: all.
    """
    await connection.execute(
        sql(__package__, "skip_throttled"),
        None if grants is None else list(grants),
        run_id,
        limits.RUN_PATIENCE_SECONDS,
    )


async def enqueue_run_deltas(connection: Connection, run_id: UUID) -> None:
    """Enqueue a delta for each pending account of a run, or join one that is waiting.

    While an account's first backfill is open, the run waits for the backfill instead. The caller holds the
    locks of the run's grants.
    """
    await connection.execute(sql(__package__, "enqueue_run_deltas"), run_id)


async def enqueue_run_bulk(
    connection: Connection,
    run_id: UUID,
    kind: SyncKind,
    *,
    join_begun: bool,
    start_date: UnixSeconds | None = None,
) -> None:
    """Enqueue a backfill or an audit for each pending account of a run, or join an open one.

    A joined task becomes due. The caller holds the locks of the run's grants.

    Args:
        connection: in a transaction.
        run_id: the run.
        kind: backfill or audit.
        join_begun: whether a task that has begun may be joined.
        start_date: how far back a new backfill reaches; None: to the oldest mail.
    """
    await connection.execute(sql(__package__, "enqueue_run_bulk"), run_id, kind.value, join_begun, start_date)


async def update_run_accounts(
    connection: Connection, task_id: UUID, follower: UUID, synced_count: int
) -> None:
    """Make the run accounts that wait for a task wait for `follower`, which continues the task.

    `synced_count` is the number of messages that the task found. They remain counted.
    """
    await connection.execute(sql(__package__, "update_run_accounts"), task_id, follower, synced_count)


async def schedule_started_deltas(connection: Connection, run_id: UUID) -> None:
    """End the back-off of the tasks that a run waits for, and of begun deltas of its accounts.

    Suspended tasks stay suspended. The caller holds the locks of the run's grants.
    """
    await connection.execute(sql(__package__, "schedule_started_deltas"), run_id)


async def complete_run_accounts(
    connection: Connection, task_id: UUID, status: str, synced_count: int, error: str | None = None
) -> None:
    """Complete the accounts that wait for a task, in all runs. The caller holds the grant's lock.

    Args:
        connection: in a transaction.
        task_id: the task.
        status: `success` or `failed`.
        synced_count: messages that the task found in all.
        error: why the accounts failed.
    """
    await connection.execute(sql(__package__, "complete_run_accounts"), task_id, status, synced_count, error)


async def record_run_failure(
    connection: Connection, task_id: UUID, synced_count: int, error: str | None
) -> int | None:
    """Count a failed attempt of the run accounts that wait for a task.

    An account that has no attempts left fails. Return the fewest attempts among the accounts that are tried
    again; None if none is.
    """
    rows = await connection.fetch(
        sql(__package__, "record_run_failure"), task_id, limits.RUN_ATTEMPTS, synced_count, error
    )
    return min((row["attempts"] for row in rows), default=None)


async def skip_inactive(connection: Connection) -> None:
    """In runs, skip pending accounts that are no longer active.

    An account whose task is leased is skipped only after the lease has expired, because a worker may still
    report.
    """
    await connection.execute(sql(__package__, "skip_inactive"))


async def skip_overdue(connection: Connection) -> None:
    """Skip accounts for which a cron run has waited too long.

    A run waits for `CRON_RUN_SECONDS` after its start. For a backfill, or a delta past its first slice, it
    waits for `CRON_BULK_SECONDS`.
    """
    await connection.execute(
        sql(__package__, "skip_overdue"), limits.CRON_RUN_SECONDS, limits.CRON_BULK_SECONDS
    )


async def skip_orphaned(connection: Connection) -> None:
    """In running runs, skip pending accounts that nothing else would finish.

    An account is skipped if its task has ended or no longer exists. It is also skipped if the account itself
    no longer exists, unless the task has an unexpired lease.
    """
    await connection.execute(sql(__package__, "skip_orphaned"))


async def complete_runs(connection: Connection) -> list[tuple[UUID, str, float]]:
    """End the runs without pending accounts; return their ids, kinds and durations in seconds."""
    rows = await connection.fetch(sql(__package__, "complete_runs"))
    return [(row["id"], row["kind"], row["seconds"]) for row in rows]


async def get_run_finished(connection: Connection, run_id: UUID) -> bool:
    """Return whether a run has ended, or no longer exists."""
    finished: bool | None = await connection.fetchval(sql(__package__, "get_run_finished"), run_id)
    return finished is not False


async def get_run(connection: Connection, run_id: UUID) -> Run | None:
    row = await connection.fetchrow(sql(__package__, "get_run"), run_id)
    return None if row is None else Run(**row)


async def list_run_accounts(connection: Connection, run_id: UUID) -> list[RunAccount]:
    """Return a run's accounts, ordered by address."""
    rows = await connection.fetch(sql(__package__, "list_run_accounts"), run_id)
    return [_run_account(row) for row in rows]


async def list_runs(connection: Connection, limit: int, after: UUID | None) -> list[RunSummary]:
    """Return a page of runs with their counts, newest first.

    `after` is the last run of the page before, if any.
    """
    rows = await connection.fetch(sql(__package__, "list_runs"), limit, after)
    return [RunSummary(**row) for row in rows]


def _run_account(row: Any) -> RunAccount:
    fields = {name: value for name, value in row.items() if name not in HEALTH_COLUMNS}
    account = row["email_address"] or row["grant_id"]
    health = None if row["condition"] is None else account_health(row, account=account)
    return RunAccount(**fields, health=health)


async def prune_runs(connection: Connection) -> None:
    """Delete up to `PRUNE_BATCH` ended runs that began more than `RUN_DAYS` ago."""
    await connection.execute(sql(__package__, "prune_runs"), limits.RUN_DAYS, limits.PRUNE_BATCH)
