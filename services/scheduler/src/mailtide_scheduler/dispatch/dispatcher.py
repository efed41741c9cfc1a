"""Makes passes: sends due tasks, plans new ones, and ends runs."""

import time
from collections.abc import Callable

import asyncpg

from mailtide_common.contracts.causes import Cause
from mailtide_common.contracts.events import SyncRequested
from mailtide_common.contracts.traces import new_traceparent
from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.traces.spans import OFF, Spans
from mailtide_scheduler import limits, metrics
from mailtide_scheduler.database import connected, transaction
from mailtide_scheduler.runs.store import complete_run_accounts, complete_runs
from mailtide_scheduler.tasks.plan_store import get_next_due
from mailtide_scheduler.tasks.store import (
    Claimed,
    claim_tasks,
    complete_task,
    force_index_scans,
    lock_schedules,
    update_sent_leases,
    update_unsent_leases,
)
from mailtide_scheduler.wakeups import Signals

from .planner import Planner

log = get_logger(__name__)


class Dispatcher:
    """Makes passes, periodically or when work is signalled. Several may run at once."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        publisher: Publisher,
        signals: Signals,
        planner: Planner,
        *,
        clock: Callable[[], float] = time.monotonic,
        spans: Spans = OFF,
    ) -> None:
        self._pool = pool
        self._publisher = publisher
        self._signals = signals
        self._planner = planner
        self._clock = clock
        self._spans = spans
        self._plan_at = 0.0
        self._stopping = False
        self._good_at = 0.0

    @property
    def healthy(self) -> bool:
        """Whether a pass has succeeded within the last `READY_SECONDS`."""
        return self._clock() - self._good_at < limits.READY_SECONDS and self._good_at > 0

    async def run(self) -> None:
        """Make passes until stopped.

        The next pass begins when work is signalled or a task becomes due, and at the latest after
        `TICK_SECONDS`.
        """
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
        """Make one pass; return the seconds until the next pass is due.

        Requests that Kafka does not acknowledge are due again after `UNSENT_LEASE_SECONDS`. A task whose
        request is too large or cannot be encoded ends, and runs report its account as failed.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        started = self._clock()
        await self._send_due()
        if started >= self._plan_at:
            await self._planner.plan()
            await self._send_due()
            self._plan_at = started + limits.PLAN_SECONDS
        async with connected(self._pool) as connection:
            finished = await complete_runs(connection)
            due = await get_next_due(connection)
        for run_id, kind, seconds in finished:
            metrics.FINISHED_RUNS.labels(kind).inc()
            metrics.RUN_DURATION_SECONDS.labels(kind).observe(seconds)
            log.info("run_finished", run_id=str(run_id), kind=kind, seconds=round(seconds, 3))
        if finished:
            self._signals.run_finished()
        self._good_at = self._clock()
        metrics.TICK_DURATION_SECONDS.observe(self._good_at - started)
        return limits.TICK_SECONDS if due is None else min(due, limits.TICK_SECONDS)

    async def _send_due(self) -> None:
        while True:
            async with transaction(self._pool) as connection:
                await force_index_scans(connection)
                claimed = await claim_tasks(connection, self._planner.intervals)
            if claimed and not await self._send(claimed):
                return  # when a publish has failed, its tasks are due again, so that this loop would not end
            if len(claimed) < limits.CLAIM_BATCH:
                return

    def _begun(self, request: SyncRequested) -> str:
        """Begin the trace of a task that no event caused; return its traceparent."""
        traceparent = new_traceparent(request.task_id)
        self._spans.begun(f"begin {request.kind}", traceparent)
        return traceparent

    async def _send(self, claimed: list[Claimed]) -> bool:
        """Publish the requests of claimed tasks, and set their leases.

        A task ends if its request is too large or cannot be encoded. Return False if Kafka does not
        acknowledge all other requests.
        """
        requests = [each.request for each in claimed]
        tasks = [request.task_id for request in requests]
        causes = [Cause(each.traceparent or self._begun(each.request)) for each in claimed]
        try:
            await self._publisher.publish_caused(zip(requests, causes, strict=True))
        except TransientError as error:
            metrics.UNSENT_REQUESTS.inc(len(requests))
            log.warning("requests_unsent", requests=len(requests), reason=str(error))
            async with connected(self._pool) as connection:
                await update_unsent_leases(connection, tasks, limits.UNSENT_LEASE_SECONDS)
            return False
        except PermanentError as error:
            return await self._send_fitting(claimed, error)
        async with connected(self._pool) as connection:
            await update_sent_leases(connection, tasks)
        for request in requests:
            metrics.SENT_REQUESTS.labels(request.kind).inc()
            if request.attempt > 1:
                metrics.RESENT_REQUESTS.labels(request.kind).inc()
        return True

    async def _send_fitting(self, claimed: list[Claimed], error: PermanentError) -> bool:
        """Publish the requests that can be sent, and end the tasks of the others. Return as `_send`."""
        if len(claimed) > 1:
            middle = len(claimed) // 2
            return all([await self._send(claimed[:middle]), await self._send(claimed[middle:])])
        request = claimed[0].request
        log.error("request_unsendable", kind=request.kind, task_id=str(request.task_id), reason=str(error))
        metrics.ABANDONED_TASKS.labels(request.kind).inc()
        async with transaction(self._pool) as connection:
            await lock_schedules(connection, [request.grant_id])
            await complete_task(connection, request.task_id)
            await complete_run_accounts(connection, request.task_id, "failed", 0, str(error))
        return True
