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
    """The outcome of an account in a run, or `pending` if there is none yet."""

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
    """The account of a manual run; None for other runs, and from `get_run`."""
    email: str | None

    @property
    def running(self) -> bool:
        return self.status == "running"

    @property
    def cursor(self) -> Cursor:
        """The cursor of the page that begins after this row."""
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
    """The outcome of an account in a run or, while it is pending, the progress of its task.

    `task_state` and the fields after it describe the task of a pending account. For other accounts
    these fields are None, and `busy_seconds` is 0. See `Listing` for `until` to `start_date`.
    """

    account_id: UUID
    grant_id: str
    email: str | None
    """The address when the run began."""
    status: str
    """A value of `Outcome`."""
    error: str | None
    """Why the account failed or was skipped; for a pending account, why its latest attempt failed, if one did."""
    finished_at: datetime | None
    """When the outcome was recorded; None for a pending account."""
    synced: int
    """Messages synced; for a pending account, those that its task has found for this run so far."""
    task_state: str | None
    task_kind: str | None
    until: UnixSeconds | None
    watermark: UnixSeconds | None
    oldest: UnixSeconds | None
    start_date: UnixSeconds | None
    busy_seconds: float
    """For how long workers have worked on the task."""

    @property
    def at_worker(self) -> bool:
        """Whether the account's task is leased: a worker works on it, or is about to."""
        return self.task_state == "leased"

    @property
    def fraction(self) -> float | None:
        """The finished share of a pending account's task, from 0 to 1; None if unknown."""
        return self._progress.fraction

    @property
    def seconds_left(self) -> float | None:
        """The estimated remaining seconds of a pending account's task; None if unknown."""
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
        NotFoundError: there is no such run. Reports are deleted after 90 days.
    """
    row = await connection.fetchrow(sql(__package__, "get_run"), run_id)
    if row is None:
        raise NotFoundError(f"There is no run {run_id}. Reports are kept for 90 days.")
    return Run(**row)


async def list_run_accounts(
    connection: Connection, run_id: UUID, outcome: Outcome | None, after: str | None, limit: int
) -> list[RunAccount]:
    """List up to `limit` accounts of a run, in the order of their grants, after the grant `after`.

    If `outcome` is given, list only accounts with this outcome.
    """
    rows = await connection.fetch(sql(__package__, "list_run_accounts"), run_id, outcome, after, limit)
    return [RunAccount(**row) for row in rows]
