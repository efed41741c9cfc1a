"""Applies a worker's report to its task.

The caller holds the grant's lock, in a transaction. Throttling and invalid grants do not count as failures.
Neither does work that was refused during an outage of Nylas that several grants share (INV-32).
"""

import random

from mailtide_common.contracts.events import AlertKind, SyncFinished, SyncKind, SyncOutcome
from mailtide_common.contracts.times import UnixMicros
from mailtide_scheduler import limits, metrics
from mailtide_scheduler.accounts.state import GRANT_INVALID
from mailtide_scheduler.audits.passes import end_pass, fail_audit_pass
from mailtide_scheduler.audits.proofs import enqueue_first_proof
from mailtide_scheduler.database import Connection
from mailtide_scheduler.incidents.incidents import close_incidents, open_incident
from mailtide_scheduler.runs.store import complete_run_accounts, record_run_failure, skip_throttled
from mailtide_scheduler.sync_intervals import SyncIntervals
from mailtide_scheduler.tasks import delays
from mailtide_scheduler.tasks.schedule_store import (
    delete_throttling,
    record_backfill_success,
    record_delta_failure,
    record_delta_success,
    record_folder_success,
    record_throttling,
)
from mailtide_scheduler.tasks.store import Reported, complete_task, merge_task, record_report, requeue_task

THROTTLED = "throttled for more than an hour without a Retry-After: Nylas may not reach the mail server"
GONE = "not found"

READS_MAIL = frozenset({SyncKind.DELTA, SyncKind.BACKFILL, SyncKind.AUDIT, SyncKind.MESSAGE, SyncKind.THREAD})
"""Kinds of tasks whose success shows that mail may be read. A check of an account succeeds without consent
too."""


class OutcomeRecorder:
    """Updates tasks, schedules, runs and incidents after workers' reports."""

    def __init__(self, intervals: SyncIntervals) -> None:
        self._intervals = intervals

    async def record(self, connection: Connection, event: SyncFinished) -> bool:
        """Apply a final report to its task, and to the schedule, runs and incidents of the grant.

        Return False, without a change, in the cases in which `record_report` returns None.
        """
        task = await record_report(connection, event)
        if task is None:
            return False
        metrics.REPORTS.labels(task.kind, event.outcome).inc()
        match event.outcome:
            case SyncOutcome.OK:
                await self.succeeded(connection, task.grant_id, event.finished_at)
                if task.kind in READS_MAIL:
                    await close_incidents(
                        connection, AlertKind.CONSENT_MISSING, task.grant_id, event.finished_at
                    )
                await self._good(connection, task, event)
            case SyncOutcome.FAILED:
                await self._failed(connection, task, event)
            case SyncOutcome.THROTTLED:
                await self._throttled(connection, task, event)
            case SyncOutcome.GRANT_INVALID:
                await self._grant_invalid(connection, task, event)
            case SyncOutcome.NOT_FOUND:
                await self._not_found(connection, task, event)
        return True

    @staticmethod
    async def succeeded(connection: Connection, grant_id: str, at: UnixMicros) -> None:
        """Record that a call for a grant succeeded at the time `at`.

        This ends a series of throttling without a time to retry after, and the incident about it.
        """
        if await delete_throttling(connection, grant_id):
            await close_incidents(connection, AlertKind.GRANT_THROTTLED, grant_id, at)

    async def _good(self, connection: Connection, task: Reported, event: SyncFinished) -> None:
        await complete_task(connection, task.task_id)
        watermark = task.watermark if task.watermark is not None else event.watermark
        match task.kind:
            case SyncKind.DELTA:
                await record_delta_success(
                    connection, task.task_id, watermark, self._next_delta_seconds(), self._intervals.windows
                )
            case SyncKind.BACKFILL:
                await record_backfill_success(connection, task.grant_id, watermark, self._intervals)
                await enqueue_first_proof(connection, task.grant_id, self._intervals.proof_after)
            case SyncKind.ACCOUNT if self._intervals.folder_interval:
                await record_folder_success(
                    connection, task.grant_id, _spread(self._intervals.folder_interval)
                )
            case SyncKind.AUDIT:
                await end_pass(connection, task, event)
                return
            case _:
                pass
        await complete_run_accounts(connection, task.task_id, "success", task.synced_count)

    async def _failed(self, connection: Connection, task: Reported, event: SyncFinished) -> None:
        """Record a failure.

        A task that a run waits for is retried at short intervals, a few times. Other tasks back off. A task
        with too many failures ends (see `most_attempts`). Missing consent opens an incident; runs then report
        the account as failed at once, and the task backs off.
        """
        error = event.error
        if event.forbidden:
            await open_incident(
                connection,
                AlertKind.CONSENT_MISSING,
                task.grant_id,
                error or "consent is missing",
                event.finished_at,
            )
        if task.kind is SyncKind.DELTA:
            await record_delta_failure(
                connection, task.grant_id, failures=1, next_seconds=self._next_delta_seconds()
            )
        elif task.attempts + 1 >= delays.most_attempts(task.kind):
            metrics.ABANDONED_TASKS.labels(task.kind).inc()
            await complete_task(connection, task.task_id)
            if task.kind is SyncKind.AUDIT:
                await fail_audit_pass(connection, task.task_id)
            await complete_run_accounts(connection, task.task_id, "failed", task.synced_count, error)
            return
        if event.forbidden:
            await complete_run_accounts(connection, task.task_id, "failed", task.synced_count, error)
            await self._retry_later(
                connection, task, delays.FORBIDDEN_BACKOFF.seconds(task.attempts), failures=1
            )
            return
        tries = await record_run_failure(connection, task.task_id, task.synced_count, error or "failed")
        delay = (
            delays.FAILED_BACKOFF.seconds(task.attempts) if tries is None else delays.run_retry_delay(tries)
        )
        await self._retry_later(connection, task, delay, failures=1)

    async def _throttled(self, connection: Connection, task: Reported, event: SyncFinished) -> None:
        delay = delays.throttled_delay(event.retry_after_seconds, _draw())
        has_retry_after = event.retry_after_seconds is not None
        since = await record_throttling(connection, task.grant_id, delay, has_retry_after=has_retry_after)
        if has_retry_after:
            await close_incidents(connection, AlertKind.GRANT_THROTTLED, task.grant_id, event.finished_at)
        elif since > limits.THROTTLED_ALERT_SECONDS:
            await open_incident(
                connection, AlertKind.GRANT_THROTTLED, task.grant_id, THROTTLED, event.finished_at
            )
        await skip_throttled(connection, grants=[task.grant_id])
        await self._retry_later(connection, task, delay, failures=0)

    async def _grant_invalid(self, connection: Connection, task: Reported, event: SyncFinished) -> None:
        """Record that the grant was invalid. Runs that wait for the task report the account as failed.

        Deltas and checks of the account end. A delta is enqueued when the grant works again, and checks are
        enqueued periodically. Other tasks wait until the grant works again.
        """
        if task.kind in {SyncKind.DELTA, SyncKind.ACCOUNT}:
            await complete_task(connection, task.task_id)
        else:
            await self._retry_later(connection, task, delays.INVALID_RECHECK_SECONDS, failures=0)
        if task.kind is SyncKind.DELTA:
            await record_delta_failure(
                connection, task.grant_id, failures=0, next_seconds=delays.INVALID_RECHECK_SECONDS
            )
        await complete_run_accounts(
            connection, task.task_id, "failed", task.synced_count, event.error or GRANT_INVALID
        )

    async def _not_found(self, connection: Connection, task: Reported, event: SyncFinished) -> None:
        if task.kind not in {SyncKind.MESSAGE, SyncKind.THREAD}:
            await self._failed(connection, task, event.model_copy(update={"error": event.error or GONE}))
            return
        delay = delays.not_found_delay(task.not_found) if task.kind is SyncKind.MESSAGE else None
        if delay is None:
            await complete_task(connection, task.task_id)
        else:
            await self._retry_later(connection, task, delay, failures=1, not_found=True)

    async def _retry_later(
        self, connection: Connection, task: Reported, delay: float, *, failures: int, not_found: bool = False
    ) -> None:
        if not await requeue_task(connection, task.task_id, delay, failures, not_found=not_found):
            await merge_task(connection, task.task_id, delay, failures, not_found=not_found)

    def _next_delta_seconds(self) -> float:
        return _spread(self._intervals.sync_interval)


def _draw() -> float:
    return random.random()  # noqa: S311 - jitter


def _spread(interval_seconds: float) -> float:
    return delays.spread_interval(interval_seconds, _draw())
