"""Syncs, and the runs that they are reported as."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from mailtide_common.contracts.events import SyncKind

from .model import Request, Response


class SyncMode(StrEnum):
    """What a manual sync covers: new mail, the whole mailbox, or an audit of it."""

    DELTA = "delta"
    FULL = "full"
    AUDIT = "audit"


class SyncAccount(Request):
    """Start a manual sync."""

    mode: SyncMode = SyncMode.DELTA


class StartedRun(Response):
    """A run that has begun."""

    run_id: UUID


class Progress(Response):
    """How far a listing, which goes from new to old, has come."""

    running: bool
    """A worker is at it, rather than it waits for one."""
    listed_down_to: int | None
    """Unix seconds, as Nylas dates mail, and possibly absurd."""
    fraction: float | None
    """The share that is done, by the time that the mail spans; null while it cannot be estimated."""
    seconds_left: float | None


class TaskProgress(Progress):
    """How far an account's task in a run has come."""

    kind: SyncKind | None


class RunDetail(Response):
    """How an account fares in a cron run."""

    email: str
    """The address; `grant <id>` where it is not known."""
    status: Literal["pending", "success", "failed", "skipped"]
    synced_count: int = Field(alias="syncedCount")
    """Messages that are new or changed, each counted once."""
    error: str | None


class RunAccountDetail(RunDetail):
    """How an account fares in a run, and how far it is."""

    account_id: UUID
    progress: TaskProgress | None
    """Of a pending account."""
    finished_at: datetime | None


class RunTotals(Response):
    """A run in numbers of accounts."""

    run_id: UUID
    success: bool
    """No account has failed."""
    duration: int
    """Milliseconds that it took, or has taken so far."""
    total: int
    successful: int
    failed: int
    skipped: int
    pending: int


class RunState(Response):
    """A run's kind and times."""

    kind: Literal["cron", "manual"]
    status: Literal["running", "finished"]
    started_at: datetime
    finished_at: datetime | None


class CronReport(RunTotals):
    """What a cron call answers."""

    details: tuple[RunDetail, ...]


class RunReport(CronReport, RunState):
    """A run, account by account."""

    details: tuple[RunAccountDetail, ...]


class RunSummary(RunTotals, RunState):
    """A line of the list of runs."""

    synced_count: int = Field(alias="syncedCount")


class RunPage(Response):
    """Runs, newest first."""

    runs: tuple[RunSummary, ...]
    next_cursor: UUID | None
    """The `cursor` of the next page; null on the last one."""
