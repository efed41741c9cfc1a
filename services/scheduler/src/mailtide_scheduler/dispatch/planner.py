"""Enqueues due tasks, detects incidents, publishes alerts and proofs, and erases what is old or purged."""

import time
from collections.abc import Awaitable, Callable, Mapping

import asyncpg

from mailtide_common.contracts.events import AlertKind, SyncKind
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.operators.store import prune_operator_actions
from mailtide_scheduler import limits, metrics
from mailtide_scheduler.accounts.actions import AccountControl
from mailtide_scheduler.accounts.erase import PurgedGrantEraser
from mailtide_scheduler.accounts.store import count_accounts_by_freshness, resume_tasks, suspend_tasks
from mailtide_scheduler.audits.passes import prune_audits
from mailtide_scheduler.audits.proofs import enqueue_due_proofs, publish_proofs
from mailtide_scheduler.database import connected, transaction
from mailtide_scheduler.incidents.conditions import watch_conditions
from mailtide_scheduler.incidents.incidents import count_open_incidents, prune_incidents, publish_alerts
from mailtide_scheduler.runs.store import prune_runs, skip_inactive, skip_orphaned, skip_overdue
from mailtide_scheduler.sync_intervals import NEVER_SECONDS, SyncIntervals
from mailtide_scheduler.tasks.plan_store import (
    enqueue_due_audits,
    enqueue_due_deltas,
    enqueue_due_folder_lists,
    enqueue_due_rechecks,
    enqueue_first_backfills,
    insert_missing_schedules,
    list_accounts_awaiting_backfill,
    prune_tasks,
    schedule_first_audits,
    schedule_first_folder_lists,
    schedule_postponed,
)
from mailtide_scheduler.tasks.store import count_open_tasks, force_index_scans, lock_schedules

Step = Callable[[], Awaitable[None]]

log = get_logger(__name__)


class Planner:
    """The planning part of a pass. Several may run at once."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        publisher: Publisher,
        intervals: SyncIntervals,
        control: AccountControl,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.intervals = intervals
        self._pool = pool
        self._publisher = publisher
        self._control = control
        self._eraser = PurgedGrantEraser(pool)
        self._clock = clock
        self._due_at: dict[Step, float] = {
            self._watch: clock() + min(limits.WATCH_FIRST_SECONDS, intervals.stale_after)
        }
        """When each step that has an interval is due next, in monotonic seconds."""

    async def plan(self) -> None:
        """Enqueue due tasks, skip accounts that runs need not wait for, and publish what is pending.

        Some steps are taken only at intervals, such as the detection of incidents, the deletion of old rows
        and the erasure of purged grants. Alerts, proofs and corrected accounts that cannot be published
        now are published by a later call.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        await self._every(limits.ADOPT_SECONDS, self._maintain)
        await self._begin_backfills()
        async with transaction(self._pool) as connection:
            await force_index_scans(connection)
            await enqueue_due_deltas(connection, self.intervals.sync_interval)
        async with transaction(self._pool) as connection:
            await force_index_scans(connection)
            await enqueue_due_proofs(connection, self.intervals.proof_after)
            await skip_inactive(connection)
            await skip_overdue(connection)
        await self._every(limits.ADOPT_SECONDS, self._erase)
        await self._every(limits.SWEEP_SECONDS, self._sweep)
        await self._every(limits.OBSERVE_SECONDS, self._observe)
        await self._every(limits.FRESHNESS_SECONDS, self._measure_freshness)
        await self._every(limits.PRUNE_SECONDS, self._prune)
        await self._every(min(limits.WATCH_SECONDS, self.intervals.stale_after), self._watch)
        await self._tell()

    async def _every(self, seconds: float, step: Step) -> None:
        """Take a step unless it succeeded less than `seconds` ago."""
        now = self._clock()
        if now >= self._due_at.get(step, 0.0):
            await step()
            self._due_at[step] = now + seconds

    async def _maintain(self) -> None:
        async with connected(self._pool) as connection:
            await insert_missing_schedules(connection)
            if self.intervals.sync_interval < NEVER_SECONDS:
                await schedule_postponed(connection, self.intervals.sync_interval)
            if self.intervals.folder_interval:
                await schedule_first_folder_lists(connection, self.intervals.folder_interval)
                await enqueue_due_folder_lists(connection, self.intervals.folder_interval)
            await enqueue_due_rechecks(connection, self.intervals.recheck_interval)
            if self.intervals.audit_interval:
                await schedule_first_audits(connection, self.intervals.audit_interval)
                await enqueue_due_audits(connection, self.intervals.audit_interval)
            await suspend_tasks(connection)
            await resume_tasks(connection)

    async def _begin_backfills(self) -> None:
        async with transaction(self._pool) as connection:
            grants = await list_accounts_awaiting_backfill(connection)
            if grants:
                await lock_schedules(connection, grants)
                await enqueue_first_backfills(connection, grants, self.intervals.start_date(time.time()))

    async def _tell(self) -> None:
        """Publish pending alerts, proofs and corrected accounts.

        If Kafka is unavailable, a later pass publishes them.
        """
        try:
            await publish_alerts(self._pool, self._publisher)
            await publish_proofs(self._pool, self._publisher)
            await self._control.reassert()
        except TransientError as error:
            log.warning("publish_pending_failed", reason=str(error))

    async def _erase(self) -> None:
        await self._eraser.erase()

    async def _sweep(self) -> None:
        async with connected(self._pool) as connection:
            await skip_orphaned(connection)

    async def _observe(self) -> None:
        async with connected(self._pool) as connection:
            observe_open_tasks(await count_open_tasks(connection))
            observe_open_incidents(await count_open_incidents(connection))

    async def _measure_freshness(self) -> None:
        freshness = metrics.ACCOUNT_FRESHNESS_SECONDS
        async with connected(self._pool) as connection:
            freshness.set(*await count_accounts_by_freshness(connection, freshness.buckets))

    async def _prune(self) -> None:
        async with connected(self._pool) as connection:
            for prune in (prune_tasks, prune_runs, prune_audits, prune_incidents):
                await prune(connection)
            await prune_operator_actions(connection, limits.PRUNE_BATCH)

    async def _watch(self) -> None:
        async with transaction(self._pool) as connection:
            await watch_conditions(connection, self.intervals)


def observe_open_tasks(tasks: list[tuple[str, int, float]]) -> None:
    """Set the metrics of open tasks. Kinds that `tasks` lacks are set to 0.

    `tasks` is the result of `count_open_tasks`.
    """
    found = {kind: (number, seconds) for kind, number, seconds in tasks}
    for kind in SyncKind:
        number, seconds = found.get(kind.value, (0, 0.0))
        metrics.OPEN_TASKS.labels(kind).set(number)
        metrics.OLDEST_DUE_TASK_SECONDS.labels(kind).set(seconds)


def observe_open_incidents(found: Mapping[str, int]) -> None:
    """Set the metric of open incidents from their numbers by kind. Kinds that `found` lacks are set to 0."""
    for kind in AlertKind:
        metrics.OPEN_INCIDENTS.labels(kind).set(found.get(kind.value, 0))
