"""Shared by the scheduler's tests: a harness on a database of its own, and stand-ins that are passed in."""

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from mailtide_common.contracts.codec import Record, encode
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.events import (
    Account,
    AccountStatus,
    AlertRaised,
    Event,
    SyncFinished,
    SyncKind,
    SyncOutcome,
    SyncProgressed,
    SyncRequested,
    SyncWanted,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.versions import Source, Version
from mailtide_harness.publisher import RecordingPublisher
from mailtide_scheduler.accounts.actions import AccountControl
from mailtide_scheduler.accounts.events import AccountEventHandler
from mailtide_scheduler.dead_letters.redrive import Redriver
from mailtide_scheduler.deletions.held_deletions import HeldDeletions
from mailtide_scheduler.dispatch.dispatcher import Dispatcher
from mailtide_scheduler.dispatch.planner import Planner
from mailtide_scheduler.incidents.incidents import publish_alerts
from mailtide_scheduler.outcomes.sync_events import SyncEventHandler
from mailtide_scheduler.outcomes.task_outcomes import OutcomeRecorder
from mailtide_scheduler.runs.service import Runs
from mailtide_scheduler.sync_intervals import DAY_SECONDS, SyncIntervals
from mailtide_scheduler.wakeups import Signals

INTERVAL = 900.0
INTERVALS = SyncIntervals(INTERVAL, audit_interval=0.0, folder_interval=0.0, proof_after=())
WATERMARK = 1_600_000_000
"""The watermark of accounts that are in sync."""


class CountingSignals(Signals):
    """Counts how often a caller began to wait for the end of a run."""

    run_waits = 0

    async def wait_for_run(self, seconds: float) -> None:
        self.run_waits += 1
        await super().wait_for_run(seconds)


class Harness:
    """The scheduler's use cases around one database, driven step by step."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        offsets: Iterator[int] | None = None,
        intervals: SyncIntervals = INTERVALS,
        publisher: RecordingPublisher | None = None,
    ) -> None:
        self.pool = pool
        self.now = -1.0
        self.publisher = publisher or RecordingPublisher()
        self.signals = CountingSignals()
        self.control = AccountControl(pool, self.publisher, self.signals, self.publisher.last_account)
        self.planner = Planner(pool, self.publisher, intervals, self.control, clock=self.clock)
        self.dispatcher = Dispatcher(pool, self.publisher, self.signals, self.planner, clock=self.clock)
        self.stopping = False
        self.runs = Runs(pool, self.signals, intervals, stopping=lambda: self.stopping)
        self.events = SyncEventHandler(pool, OutcomeRecorder(intervals), self.signals, intervals)
        self.held = HeldDeletions(pool, self.signals)
        self.redriver = Redriver(pool, self.publisher)
        self.connected: list[str] = []
        self.accounts = AccountEventHandler(
            pool, self.signals, self.control, intervals, lambda: self.connected.append("account")
        )
        self.offsets = offsets or itertools.count()
        self._clock = itertools.count(time.time_ns() // 1_000)

    def clock(self) -> float:
        """Return monotonic seconds. Before the first `tick`, nothing is due that requires a scan."""
        return self.now

    def second(self) -> "Harness":
        """Return another scheduler on the same database."""
        return Harness(self.pool, self.offsets)

    def record(self, event: Event) -> Record:
        encoded = encode(event, source="test")
        return Record(event.topic.name, 0, next(self.offsets), encoded.key, encoded.value, encoded.headers, 0)

    async def take(self, *events: Event) -> Sequence[Parked]:
        return await self.events.handle([self.record(event) for event in events])

    async def handle(self, *events: Event) -> Sequence[Parked]:
        return await self.accounts.handle([self.record(event) for event in events])

    async def tick(self) -> list[SyncRequested]:
        """Make a pass that plans all accounts; return the requests that it sent."""
        self.now += DAY_SECONDS
        await self.dispatcher.once()
        return [event for event in self.publisher.taken() if isinstance(event, SyncRequested)]

    async def send_due(self) -> list[SyncRequested]:
        """Make a pass without planning, as after a wake-up; return the requests that it sent."""
        await self.dispatcher.once()
        return [event for event in self.publisher.taken() if isinstance(event, SyncRequested)]

    async def add_account(
        self,
        grant: str,
        status: str = "active",
        *,
        observed_at: int = 1,
        fresh: bool = False,
        email: str | None = None,
    ) -> UUID:
        """Store an account that is in sync and due now; `fresh`: one that was never synced. Return its id."""
        account_id = account_uuid(grant)
        await self.pool.execute(
            "INSERT INTO email_accounts (id, nylas_grant_id, email_address, status, observed_at, source_rank,"
            " event_id) VALUES ($1, $2, $3, $4, $5, 2, 'e')",
            account_id,
            grant,
            email or f"{grant}@example.com",
            status,
            observed_at,
        )
        if not fresh:
            await self.pool.execute(
                "INSERT INTO account_schedules (grant_id, next_sync_at, watermark) VALUES ($1, now(), $2)",
                grant,
                WATERMARK,
            )
        return account_id

    async def add_account_row(self, grant: str) -> UUID:
        """Store only the row of an account, as a message for an unknown grant does; return its id."""
        account_id = account_uuid(grant)
        await self.pool.execute(
            "INSERT INTO email_accounts (id, nylas_grant_id, status) VALUES ($1, $2, 'active')",
            account_id,
            grant,
        )
        return account_id

    async def quiet(self, grant: str) -> UUID:
        """Store an account that is not due for a long time; return its id."""
        account_id = await self.add_account(grant)
        await self.pool.execute(
            "UPDATE account_schedules SET next_sync_at = now() + interval '1 hour' WHERE grant_id = $1", grant
        )
        return account_id

    async def alerts(self) -> list[AlertRaised]:
        """Return the alerts that were published since the last call; other events are dropped."""
        await publish_alerts(self.pool, self.publisher)
        return [event for event in self.publisher.taken() if isinstance(event, AlertRaised)]

    async def task(self, task_id: UUID) -> Any:
        return await self.pool.fetchrow("SELECT * FROM sync_tasks WHERE task_id = $1", task_id)

    async def schedule(self, grant: str) -> Any:
        return await self.pool.fetchrow("SELECT * FROM account_schedules WHERE grant_id = $1", grant)

    async def schedule_now(self) -> None:
        """Make everything due that is delayed: due times, back-offs, leases and Retry-After."""
        await self.pool.execute("UPDATE sync_tasks SET due_at = now() WHERE state = 'pending'")
        await self.pool.execute("UPDATE sync_tasks SET lease_until = now() WHERE state = 'leased'")
        await self.pool.execute("UPDATE account_schedules SET not_before = NULL")

    def finished(
        self, request: SyncRequested, outcome: SyncOutcome = SyncOutcome.OK, **more: Any
    ) -> SyncFinished:
        now = next(self._clock)
        return SyncFinished(
            task_id=request.task_id,
            run_id=request.run_id,
            grant_id=request.grant_id,
            kind=request.kind,
            outcome=outcome,
            started_at=now,
            finished_at=now,
            **more,
        )

    def progressed(self, request: SyncRequested, until: int, synced: int, **more: Any) -> SyncProgressed:
        return SyncProgressed(
            task_id=request.task_id,
            grant_id=request.grant_id,
            kind=request.kind,
            until=until,
            watermark=request.watermark or 1_700_000_000,
            synced_count=synced,
            at=next(self._clock),
            **more,
        )


def wanted(grant: str = "g", message: str | None = "m", **more: Any) -> SyncWanted:
    kind = more.pop("kind", SyncKind.MESSAGE)
    return SyncWanted(grant_id=grant, kind=kind, message_id=message, reason="test", **more)


def account(
    grant: str = "g",
    observed_at: int = 10,
    *,
    status: AccountStatus = AccountStatus.ACTIVE,
    connected_at: int | None = None,
    source: Source = Source.CONNECT,
    **more: Any,
) -> Account:
    return Account(
        grant_id=grant,
        version=Version(observed_at=observed_at, source=source, event_id="e"),
        status=status,
        connected_at=connected_at,
        **more,
    )


def is_problem(answer: httpx.Response, status: int) -> bool:
    body: dict[str, Any] = answer.json()
    return (
        answer.status_code == body["status"] == status
        and answer.headers["content-type"] == "application/problem+json"
        and {"type", "title", "status", "detail"} == body.keys()
    )
