"""Statements on runs, one function each; none opens a transaction."""

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
    """Milliseconds from its start to its end, or until now."""


@dataclass(frozen=True, slots=True)
class RunAccount:
    """An account of a run, with the progress of the task that the run waits for."""

    account_id: UUID
    grant_id: str
    email_address: str | None
    status: Literal["pending", "success", "failed", "skipped"]
    synced_count: int
    error: str | None
    finished_at: datetime | None
    task_state: str | None
    """For a pending account: `pending` while its task waits, `leased` from its claim until a worker's report."""
    task_kind: str | None
    until: UnixSeconds | None
    """For a pending account: the date down to which the mailbox is listed."""
    watermark: UnixSeconds | None
    oldest: UnixSeconds | None
    start_date: UnixSeconds | None
    busy_seconds: float
    """This field and the three before it: as in `progress.Listing`."""
    health: AccountHealth | None = None
    """Its present health, unless it succeeded."""


async def insert_cron_run(connection: Connection, run_id: UUID) -> bool:
    """Start a run over all active accounts; return False if a cron run is running."""
    return await connection.fetchval(sql(__package__, "insert_cron_run"), run_id) is not None


async def get_running_cron_run(connection: Connection) -> UUID | None:
    """Return the id of the running cron run; None if there is none."""
    run_id: UUID | None = await connection.fetchval(sql(__package__, "get_running_cron_run"))
    return run_id


async def insert_manual_run(connection: Connection, run_id: UUID, account_id: UUID) -> str | None:
    """Start a run over one account if it is active; return the account's status, None if there is no such account."""
    status: str | None = await connection.fetchval(sql(__package__, "insert_manual_run"), run_id, account_id)
    return status


async def list_run_grants(connection: Connection, run_id: UUID) -> list[str]:
    return [row["grant_id"] for row in await connection.fetch(sql(__package__, "list_run_grants"), run_id)]


async def skip_throttled(
    connection: Connection, *, grants: Collection[str] | None = None, run_id: UUID | None = None
) -> None:
    """Skip pending accounts of running runs that are throttled beyond `RUN_PATIENCE_SECONDS` after the run's start.

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
    """Enqueue or join a delta for each pending account of a run. The caller holds the locks of the run's grants.

    While an account's first backfill is open, the run waits for that instead.
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
    """Enqueue a backfill or an audit for each pending account of a run, or join an open one, which becomes due.

    The caller holds the locks of the run's grants.

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
    """Make the run accounts that wait for a task wait for `follower`, which continues it.

    `synced_count`: messages that the task found, which remain counted.
    """
    await connection.execute(sql(__package__, "update_run_accounts"), task_id, follower, synced_count)


async def schedule_started_deltas(connection: Connection, run_id: UUID) -> None:
    """Make due at once what a run waits for: its tasks in back-off, and begun deltas of its accounts.

    Suspended tasks stay suspended. The caller holds the locks of the run's grants.
    """
    await connection.execute(sql(__package__, "schedule_started_deltas"), run_id)


async def complete_run_accounts(
    connection: Connection, task_id: UUID, status: str, synced_count: int, error: str | None = None
) -> None:
    """Complete the accounts that wait for a task, in all runs, with this status: `success` or `failed`.

    `synced_count` is the number of messages that the task found in all. The caller holds the grant's lock.
    """
    await connection.execute(sql(__package__, "complete_run_accounts"), task_id, status, synced_count, error)


async def record_run_failure(
    connection: Connection, task_id: UUID, synced_count: int, error: str | None
) -> int | None:
    """Count a failed attempt in the runs that wait for a task; accounts without attempts left fail.

    Return the fewest attempts among the accounts that are tried again; None if none is.
    """
    rows = await connection.fetch(
        sql(__package__, "record_run_failure"), task_id, limits.RUN_ATTEMPTS, synced_count, error
    )
    return min((row["attempts"] for row in rows), default=None)


async def skip_inactive(connection: Connection) -> None:
    """Skip the accounts for which runs wait although they are no longer active.

    If an account's task is leased, it is skipped only after the lease has expired, because a worker may still report.
    """
    await connection.execute(sql(__package__, "skip_inactive"))


async def skip_overdue(connection: Connection) -> None:
    """Skip the accounts for which cron runs still wait `CRON_RUN_SECONDS` after their start.

    An account with a backfill, or with a delta past its first slice, is skipped `CRON_BULK_SECONDS` after the start.
    """
    await connection.execute(
        sql(__package__, "skip_overdue"), limits.CRON_RUN_SECONDS, limits.CRON_BULK_SECONDS
    )


async def skip_orphaned(connection: Connection) -> None:
    """Skip pending accounts of running runs whose task has ended or no longer exists.

    An account that no longer exists is skipped too, once its task's lease has ended.
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
    """Return a run's accounts, ordered by address; pending ones with the progress of their task."""
    rows = await connection.fetch(sql(__package__, "list_run_accounts"), run_id)
    return [_run_account(row) for row in rows]


async def list_runs(connection: Connection, limit: int, after: UUID | None) -> list[RunSummary]:
    """Return a page of runs with their counts, newest first; `after`: the last run of the page before."""
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
