"""The request for a manual sync, and the reports of cron and manual runs."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from mailtide_common.contracts.events import SyncKind
from mailtide_common.contracts.health.conditions import AccountHealth
from mailtide_common.contracts.times import UnixSeconds

from .model import Request, Response


class SyncMode(StrEnum):
    """The extent of a manual sync: new mail and recent changes, the whole mailbox, or an audit of it."""

    DELTA = "delta"
    FULL = "full"
    AUDIT = "audit"


class SyncAccount(Request):
    """A request to start a manual sync."""

    mode: SyncMode = SyncMode.DELTA


class StartedRun(Response):
    """The id of a run that was started or joined."""

    run_id: UUID


class Progress(Response):
    """Progress of a listing, from the newest message to the oldest."""

    running: bool
    """Whether a worker has the request for the task, or is about to get it."""
    listed_down_to: UnixSeconds | None
    """Date that the listing has reached. Null until the first slice has ended."""
    fraction: float | None
    """Listed share of the mail's time span, from 0 to 1; null if it cannot be estimated."""
    seconds_left: float | None


class TaskProgress(Progress):
    """Progress of an account's task in a run."""

    kind: SyncKind | None
    """Kind of the task; null if the account has no task in the run."""


class RunDetail(Response):
    """Outcome for an account in a cron run."""

    email: str
    """E-mail address of the account; `grant <id>` if it is unknown."""
    status: Literal["pending", "success", "failed", "skipped"]
    synced_count: int = Field(alias="syncedCount")
    """Number of new or changed messages."""
    error: str | None
    """Why the sync failed or was skipped. For a pending account: what keeps it from being current,
    if anything does."""


class RunAccountDetail(RunDetail):
    """Outcome for an account in a run, with its progress."""

    account_id: UUID
    progress: TaskProgress | None
    """Progress of a pending account; otherwise null."""
    finished_at: datetime | None
    health: AccountHealth | None
    """Current health of the account; null if its sync succeeded or the account was deleted."""


class RunTotals(Response):
    """Numbers of a run's accounts, by outcome."""

    run_id: UUID
    success: bool
    """Whether no account has failed so far."""
    duration: int
    """Milliseconds from the start of the run to its end, or to now if it has not finished."""
    total: int
    successful: int
    failed: int
    skipped: int
    pending: int


class RunState(Response):
    """A run's kind, status and times."""

    kind: Literal["cron", "manual"]
    status: Literal["running", "finished"]
    started_at: datetime
    finished_at: datetime | None


class CronReport(RunTotals):
    """The answer to a cron call."""

    details: tuple[RunDetail, ...]


class RunReport(CronReport, RunState):
    """A run with the outcome of each account."""

    details: tuple[RunAccountDetail, ...]


class RunSummary(RunTotals, RunState):
    """A run without its accounts, as in the list of runs."""

    synced_count: int = Field(alias="syncedCount")


class RunPage(Response):
    """A page of runs, newest first."""

    runs: tuple[RunSummary, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""
