"""Queries for the pages of runs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from mailtide_common.contracts.api.runs import Progress
from mailtide_common.contracts.progress import Listing, progress
from mailtide_common.contracts.times import UnixSeconds
from mailtide_console.database import Connection, sql
from mailtide_console.errors import NotFoundError
from mailtide_console.layout.paging import Cursor


class Outcome(StrEnum):
    """The outcome of an account in a run, or `pending`."""

    PENDING = "pending"
    FAILED = "failed"
    SKIPPED = "skipped"
    SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class Run:
    """A run, with its numbers of accounts by outcome."""

    id: UUID
    kind: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    total: int
    successful: int
    failed: int
    skipped: int
    pending: int
    synced: int
    account_id: UUID | None
    """The account of a manual run, only in the list of runs."""
    email: str | None

    @property
    def running(self) -> bool:
        return self.status == "running"

    @property
    def cursor(self) -> Cursor:
        """The cursor of the page after this row."""
        return Cursor(self.started_at, self.id)

    def seconds(self, now: datetime) -> float:
        """Return how many seconds the run took, or has taken until `now`."""
        return ((self.finished_at or now) - self.started_at).total_seconds()

    def count(self, outcome: Outcome) -> int:
        return {
            Outcome.PENDING: self.pending,
            Outcome.FAILED: self.failed,
            Outcome.SKIPPED: self.skipped,
            Outcome.SUCCESS: self.successful,
        }[outcome]


@dataclass(frozen=True, slots=True)
class RunAccount:
    """The outcome of an account in a run and, while that is pending, the progress of its task.

    Attributes:
        account_id: the account.
        grant_id: its grant.
        email: its address when the run began.
        status: a value of `Outcome`.
        error: why it failed or was skipped.
        finished_at: when it was no longer pending.
        synced: messages synced; while it is pending, those that its task has found for this run so far.
        task_state: state of the task; None unless pending.
        task_kind: kind of the task; None unless pending.
        until: position of the task, like the next three (see `Listing`); all are None unless pending.
        watermark: see `until`.
        oldest: see `until`.
        start_date: see `until`.
        busy_seconds: for how long workers have worked on the task; 0 unless pending.
    """

    account_id: UUID
    grant_id: str
    email: str | None
    status: str
    error: str | None
    finished_at: datetime | None
    synced: int
    task_state: str | None
    task_kind: str | None
    until: UnixSeconds | None
    watermark: UnixSeconds | None
    oldest: UnixSeconds | None
    start_date: UnixSeconds | None
    busy_seconds: float

    @property
    def at_worker(self) -> bool:
        """Whether the account's task is leased: a worker has its present request, or is about to get it."""
        return self.task_state == "leased"

    @property
    def fraction(self) -> float | None:
        """The finished share of the task of a pending account, from 0 to 1; None if unknown."""
        return self._progress.fraction

    @property
    def seconds_left(self) -> float | None:
        """Estimated remaining seconds of the task of a pending account; None if unknown."""
        return self._progress.seconds_left

    @property
    def _progress(self) -> Progress:
        listing = Listing(self.watermark, self.until, self.oldest, self.start_date, self.busy_seconds)
        return progress(listing, running=self.at_worker)


async def list_runs(connection: Connection, limit: int, after: Cursor | None) -> list[Run]:
    """List up to `limit` runs after a cursor, newest first."""
    at, run_id = (after.at, after.id) if after else (None, None)
    return [Run(**row) for row in await connection.fetch(sql(__package__, "list_runs"), limit, at, run_id)]


async def get_run(connection: Connection, run_id: UUID) -> Run:
    """Return a run.

    Raises:
        NotFoundError: there is no such run; reports are deleted after 90 days.
    """
    row = await connection.fetchrow(sql(__package__, "get_run"), run_id)
    if row is None:
        raise NotFoundError(f"There is no run {run_id}. Reports are kept for 90 days.")
    return Run(**row)


async def list_run_accounts(
    connection: Connection, run_id: UUID, outcome: Outcome | None, after: str | None, limit: int
) -> list[RunAccount]:
    """List up to `limit` of a run's accounts by grant, after the grant `after`; with `outcome`, only those with it."""
    rows = await connection.fetch(sql(__package__, "list_run_accounts"), run_id, outcome, after, limit)
    return [RunAccount(**row) for row in rows]
