"""The request for a manual sync, and the reports of cron and manual runs."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from mailtide_common.contracts.events import SyncKind
from mailtide_common.contracts.health import AccountHealth
from mailtide_common.contracts.times import UnixSeconds

from .model import Request, Response


class SyncMode(StrEnum):
    """The extent of a manual sync: new mail, the whole mailbox, or an audit of it."""

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
    """Progress of a listing, which goes from the newest message to the oldest."""

    running: bool
    """Whether a worker has the task."""
    listed_down_to: UnixSeconds | None
    """By the dates of the mail, and possibly absurd."""
    fraction: float | None
    """Done share of the period that the mail spans, 0 to 1; null while it cannot be estimated."""
    seconds_left: float | None


class TaskProgress(Progress):
    """Progress of an account's task in a run."""

    kind: SyncKind | None


class RunDetail(Response):
    """Outcome of an account in a cron run."""

    email: str
    """The address; `grant <id>` if it is unknown."""
    status: Literal["pending", "success", "failed", "skipped"]
    synced_count: int = Field(alias="syncedCount")
    """Messages that are new or changed, each counted once."""
    error: str | None
    """The reason; of a pending account, why it is not current."""


class RunAccountDetail(RunDetail):
    """Outcome of an account in a run, with its progress."""

    account_id: UUID
    progress: TaskProgress | None
    """Of a pending account."""
    finished_at: datetime | None
    health: AccountHealth | None
    """Its present health; null for a success."""


class RunTotals(Response):
    """A run's accounts, counted by outcome."""

    run_id: UUID
    success: bool
    """Whether no account has failed."""
    duration: int
    """Milliseconds, up to now while it runs."""
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
    """The answer to a cron call."""

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
