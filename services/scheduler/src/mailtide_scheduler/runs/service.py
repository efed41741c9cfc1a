"""Starts cron runs or joins the running one, starts manual runs, waits for runs, and reports them."""

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import asyncpg

from mailtide_common.contracts.api.runs import RunReport, RunSummary
from mailtide_common.contracts.events import SyncKind
from mailtide_common.runtime.errors import TransientError
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, connected, transaction
from mailtide_scheduler.errors import NotFoundError, RefusedError, UnknownAccountError
from mailtide_scheduler.sync_intervals import SyncIntervals
from mailtide_scheduler.tasks.plan_store import enqueue_first_backfills
from mailtide_scheduler.tasks.store import lock_schedules
from mailtide_scheduler.wakeups import Signals

from .report import run_report
from .store import (
    enqueue_run_bulk,
    enqueue_run_deltas,
    get_run,
    get_run_finished,
    get_running_cron_run,
    insert_cron_run,
    insert_manual_run,
    list_run_accounts,
    list_run_grants,
    list_runs,
    schedule_started_deltas,
    skip_throttled,
)

JOIN_TRIES = 3


class Runs:
    """Starts runs, waits for them and reports them.

    Runs are stored in Postgres and continue without their caller. Once `stopping` returns True, `wait` fails
    instead of continuing to wait.
    """

    def __init__(
        self, pool: asyncpg.Pool, signals: Signals, intervals: SyncIntervals, *, stopping: Callable[[], bool]
    ) -> None:
        self._pool = pool
        self._signals = signals
        self._intervals = intervals
        self._stopping = stopping

    async def start_or_join_cron(self) -> UUID:
        """Return the id of the running cron run; if there is none, start one over all active accounts.

        Raises:
            TransientError: Postgres is unavailable or busy, or runs end faster than they can be joined.
        """
        for _ in range(JOIN_TRIES):
            async with transaction(self._pool) as connection:
                run_id = await self._start_cron(connection) or await get_running_cron_run(connection)
            if run_id is not None:
                self._signals.work()
                return run_id
        raise TransientError(f"{JOIN_TRIES} cron runs ended before they could be joined: try again")

    async def start_manual(self, account_id: UUID, kind: SyncKind = SyncKind.DELTA) -> UUID:
        """Start a run over one account; return its id.

        Args:
            account_id: the account.
            kind: delta, backfill or audit.

        Raises:
            UnknownAccountError: there is no such account.
            RefusedError: the account is paused, invalid or removed.
            TransientError: Postgres is unavailable or busy.
        """
        run_id = uuid4()
        async with transaction(self._pool) as connection:
            status = await insert_manual_run(connection, run_id, account_id)
            if status == "active":
                await self._make_due(connection, run_id, kind)
        if status is None:
            raise UnknownAccountError
        if status != "active":
            remedy = "resume it" if status == "paused" else "connect the mailbox again"
            raise RefusedError(
                f"the account is {status}: only an active account can be synced; {remedy}, "
                "or try again in a moment if that was just done"
            )
        self._signals.work()
        return run_id

    async def wait(self, run_id: UUID, seconds: float) -> bool:
        """Wait up to `seconds` until a run has ended; return whether it has.

        An unknown run counts as ended.

        Raises:
            TransientError: Postgres is unavailable or busy, or this process is stopping while the run
                continues.
        """
        deadline = time.monotonic() + seconds
        while True:
            async with connected(self._pool) as connection:
                if await get_run_finished(connection, run_id):
                    return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if self._stopping():
                raise TransientError(
                    f"the scheduler is stopping; the run {run_id} continues: call again to join it"
                )
            await self._signals.wait_for_run(min(left, limits.WAIT_POLL_SECONDS))

    async def report(self, run_id: UUID) -> RunReport:
        """Return the report of a run.

        Raises:
            NotFoundError: there is no such run.
            TransientError: Postgres is unavailable or busy.
        """
        async with transaction(self._pool) as connection:
            run = await get_run(connection, run_id)
            if run is None:
                raise NotFoundError(f"there is no run {run_id}; runs are kept for {limits.RUN_DAYS} days")
            return run_report(run, await list_run_accounts(connection, run_id))

    async def newest(self, limit: int, after: UUID | None) -> list[RunSummary]:
        """Return a page of runs, newest first. `after` is the last run of the page before, if any.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        async with connected(self._pool) as connection:
            return await list_runs(connection, limit, after)

    async def _start_cron(self, connection: Connection) -> UUID | None:
        run_id = uuid4()
        if not await insert_cron_run(connection, run_id):
            return None
        await self._make_due(connection, run_id, SyncKind.DELTA)
        return run_id

    async def _make_due(self, connection: Connection, run_id: UUID, kind: SyncKind) -> None:
        """Enqueue or join a task of `kind` for each account of a new run, and make it due.

        This ends the back-off of the account, but a `Retry-After` is still observed. Accounts that are
        throttled for too long are skipped (see `skip_throttled`). First backfills that are missing are
        enqueued too.
        """
        grants = await list_run_grants(connection, run_id)
        await lock_schedules(connection, grants)
        await skip_throttled(connection, run_id=run_id)
        start_date = self._intervals.start_date(time.time())
        await enqueue_first_backfills(connection, grants, start_date)
        if kind is SyncKind.DELTA:
            await enqueue_run_deltas(connection, run_id)
        else:
            backfill = kind is SyncKind.BACKFILL
            await enqueue_run_bulk(connection, run_id, kind, join_begun=backfill, start_date=start_date)
        await schedule_started_deltas(connection, run_id)
