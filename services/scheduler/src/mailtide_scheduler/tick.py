"""Use case: one pass of the scheduler, and the loop that makes passes when there is something to do."""

import time

import asyncpg

from mailtide_common.contracts.events import SyncKind, SyncRequested
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.publisher import Publisher

from . import limits, metrics
from .database import Connection, connected, transaction
from .run_store import finish_runs, prune_runs, skip_stranded
from .signals import Signals
from .store import claim_tasks, confirm_sent, next_due, plan_deltas, prune_tasks, shorten_leases
from .views import count_open_tasks

log = get_logger(__name__)


class Ticker:
    """Creates due deltas, sends due tasks, and ends runs. Any number of them may run at once."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        publisher: Publisher,
        signals: Signals,
        *,
        sync_interval_seconds: float,
    ) -> None:
        """Everything is used, not owned."""
        self._pool = pool
        self._publisher = publisher
        self._signals = signals
        self._interval = sync_interval_seconds
        self._plan_at = 0.0
        self._prune_at = 0.0
        self._observe_at = 0.0
        self._stopping = False
        self._good_at = 0.0

    @property
    def healthy(self) -> bool:
        """Whether a pass went well lately."""
        return time.monotonic() - self._good_at < limits.READY_SECONDS and self._good_at > 0

    async def run(self) -> None:
        """Make passes until stopped: at once when something is wanted, else when the next task is due."""
        while not self._stopping:
            try:
                pause = await self.once()
            except TransientError as error:
                log.warning("tick_failed", reason=str(error))
                pause = limits.TICK_SECONDS
            await self._signals.wait_for_work(pause)

    def stop(self) -> None:
        """End the loop after the pass in progress."""
        self._stopping = True
        self._signals.work()

    async def once(self) -> float:
        """Make one pass; gives back the seconds until the next one.

        Raises:
            TransientError: Postgres is away or busy.
        """
        started = time.monotonic()
        await self._send_due()
        if started >= self._plan_at:
            await self._plan()
            await self._send_due()
            self._plan_at = started + limits.PLAN_SECONDS
        async with connected(self._pool) as connection:
            finished = await finish_runs(connection)
            due = await next_due(connection)
        for run_id, kind, seconds in finished:
            metrics.RUNS_FINISHED.labels(kind).inc()
            metrics.RUN_SECONDS.labels(kind).observe(seconds)
            log.info("run_finished", run_id=str(run_id), kind=kind, seconds=round(seconds, 3))
        if finished:
            self._signals.run_finished()
        self._good_at = time.monotonic()
        metrics.TICK_SECONDS.observe(self._good_at - started)
        return limits.TICK_SECONDS if due is None else min(due, limits.TICK_SECONDS)

    async def _plan(self) -> None:
        async with transaction(self._pool) as connection:
            await plan_deltas(connection, self._interval)
        async with connected(self._pool) as connection:
            await skip_stranded(connection)
            await self._housekeep(connection)

    async def _housekeep(self, connection: Connection) -> None:
        """Count what is open, and drop what is old, now and then."""
        now = time.monotonic()
        if now >= self._observe_at:
            observe_open_tasks(await count_open_tasks(connection))
            self._observe_at = now + limits.OBSERVE_SECONDS
        if now >= self._prune_at:
            await prune_tasks(connection)
            await prune_runs(connection)
            self._prune_at = now + limits.PRUNE_SECONDS

    async def _send_due(self) -> None:
        while True:
            async with transaction(self._pool) as connection:
                requests = await claim_tasks(connection)
            if requests:
                await self._send(requests)
            if len(requests) < limits.CLAIM_BATCH:
                return

    async def _send(self, requests: list[SyncRequested]) -> None:
        """Publish claimed tasks. What Kafka does not acknowledge is due again soon, also if we die here."""
        tasks = [request.task_id for request in requests]
        try:
            await self._publisher.publish_all(requests)
        except TransientError as error:
            metrics.TASKS_UNSENT.inc(len(requests))
            log.warning("requests_unsent", requests=len(requests), reason=str(error))
            async with connected(self._pool) as connection:
                await shorten_leases(connection, tasks, limits.UNSENT_LEASE_SECONDS)
            return
        async with connected(self._pool) as connection:
            await confirm_sent(connection, tasks)
        for request in requests:
            metrics.TASKS_SENT.labels(request.kind).inc()
            if request.attempt > 1:
                metrics.TASKS_RESENT.labels(request.kind).inc()


def observe_open_tasks(tasks: list[tuple[str, int, float]]) -> None:
    """Show how many tasks are open; a kind that is not listed has none."""
    found = {kind: (number, seconds) for kind, number, seconds in tasks}
    for kind in SyncKind:
        number, seconds = found.get(kind.value, (0, 0.0))
        metrics.OPEN_TASKS.labels(kind).set(number)
        metrics.OLDEST_TASK_SECONDS.labels(kind).set(seconds)
