"""Queries for the page of an account."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from mailtide_common.contracts.api.accounts import BackfillProgress
from mailtide_common.contracts.health.conditions import AccountHealth
from mailtide_common.contracts.progress import Listing, progress
from mailtide_common.contracts.times import in_datetime
from mailtide_console import limits
from mailtide_console.database import Connection, sql
from mailtide_console.errors import NotFoundError
from mailtide_console.summary.store import health_of


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its health, its schedule, and the ids of up to 20 of its users, first connected first."""

    account_id: UUID
    grant_id: str
    email: str | None
    display_name: str | None
    provider: str | None
    users: tuple[str, ...]
    connected_at: datetime | None
    last_delta_at: datetime | None
    proven_at: datetime | None
    unproven_at: datetime | None
    complete_until: datetime | None
    """The watermark: time up to which no mail is missing; None before the first backfill has ended."""
    failures: int
    not_before: datetime | None
    """No call to Nylas is made before this time, because the provider limits calls."""
    wanted_at: datetime | None
    """When it was last made due at once: it was connected or resumed, or notifications may have been lost."""
    next_sync_at: datetime | None
    """When the next delta becomes due by itself: in a year or later if there is no timer; None without a schedule."""
    next_audit_at: datetime | None
    last_finished_at: datetime | None
    """When the last delta ended, clean or failed."""
    health: AccountHealth
    backfill: BackfillProgress | None
    """Progress of the backfill, if one has not ended."""

    @property
    def name(self) -> str:
        """The e-mail address; the account's id if it is unknown."""
        return self.email or str(self.account_id)

    @property
    def proven(self) -> bool:
        """Whether an audit has found mailbox and database equal.

        The end of Nylas' first sync of the mailbox, if it is notified, voids earlier proofs.
        """
        return self.proven_at is not None and (self.unproven_at is None or self.unproven_at <= self.proven_at)


class Counts(NamedTuple):
    """Numbers of messages in an audit pass, by result."""

    in_account: int
    synced: int
    missing: int
    extra: int
    differing: int


class FolderCoverage(NamedTuple):
    """The result for a folder in the account's newest finished audit pass."""

    finished_at: datetime
    folder_id: str
    name: str | None
    messages: Counts
    mailbox: Counts | None
    """Result for the whole mailbox, each message counted once; None if unknown."""


@dataclass(frozen=True, slots=True)
class Held:
    """A held deletion of a message or folder, with what is stored of it."""

    kind: str
    id: str
    held_at: datetime | None
    name: str | None
    received_at: datetime | None
    total: int
    """Number of held deletions of this kind."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the account.

    `at` is when it ended; for an open one, when it was last reported on, else when it was sent, else created.
    """

    kind: str
    state: str
    outcome: str | None
    error: str | None
    synced_count: int
    attempts: int
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident about the account."""

    kind: str
    reason: str
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Action:
    """A change to the account that an operator requested; `status`: HTTP's; None while the outcome is unknown."""

    at: datetime
    operator: str | None
    action: str
    detail: dict[str, Any]
    status: int | None
    error: str | None


async def get_account(connection: Connection, account_id: UUID) -> Account:
    """Return an account.

    Raises:
        NotFoundError: there is no such account.
    """
    row = await connection.fetchrow(sql(__package__, "get_account"), account_id)
    if row is None:
        raise NotFoundError(f"There is no account {account_id}. It may have been purged.")
    same = (
        "account_id grant_id email display_name provider connected_at last_delta_at proven_at unproven_at failures "
        "not_before wanted_at next_sync_at next_audit_at last_finished_at"
    )
    return Account(
        **{name: row[name] for name in same.split()},
        users=tuple(row["users"]),
        complete_until=None if row["watermark"] is None else _moment(row["watermark"]),
        health=health_of(row),
        backfill=None if row["backfill_id"] is None else _backfill(row),
    )


async def get_last_webhook(connection: Connection, account_id: UUID) -> datetime | None:
    """Return the time of the newest notification whose data is stored in the account's newest messages, or None.

    The `WEBHOOK_SEARCHED` newest messages by date are searched.
    """
    statement = sql(__package__, "get_last_webhook")
    micros: int | None = await connection.fetchval(statement, account_id, limits.WEBHOOK_SEARCHED)
    return in_datetime(micros)


async def list_coverage(connection: Connection, account: Account) -> list[FolderCoverage]:
    """List the folders of the newest finished audit pass, most differences first, at most 200."""
    rows = await connection.fetch(sql(__package__, "list_coverage"), account.grant_id, account.account_id)
    return [_coverage(row) for row in rows]


async def list_held(connection: Connection, account: Account) -> list[Held]:
    """List the account's held deletions: the first `HELD_SHOWN` messages by id, and all folders."""
    statement = sql(__package__, "list_held")
    rows = await connection.fetch(statement, account.grant_id, account.account_id, limits.HELD_SHOWN)
    return [Held(**{**row, "held_at": in_datetime(row["held_at"])}) for row in rows]


async def list_tasks(connection: Connection, grant_id: str) -> list[Task]:
    """List the newest `TIMELINE_TASKS` ended tasks and up to 20 open ones.

    Tasks of single messages and threads are left out.
    """
    rows = await connection.fetch(sql(__package__, "list_tasks"), grant_id, limits.TIMELINE_TASKS)
    return [Task(**row) for row in rows]


async def list_incidents(connection: Connection, grant_id: str) -> list[Incident]:
    rows = await connection.fetch(sql(__package__, "list_incidents"), grant_id, limits.TIMELINE_SHOWN)
    return [
        Incident(row["kind"], row["reason"], in_datetime(row["opened_at"]), in_datetime(row["ended_at"]))
        for row in rows
    ]


async def list_actions(connection: Connection, account_id: UUID) -> list[Action]:
    """List the newest `TIMELINE_SHOWN` changes to the account that operators requested."""
    rows = await connection.fetch(sql(__package__, "list_actions"), account_id, limits.TIMELINE_SHOWN)
    return [Action(**row) for row in rows]


def _backfill(row: Any) -> BackfillProgress:
    listing = Listing(row["listed_from"], row["until"], row["oldest"], row["start_date"], row["busy_seconds"])
    come = progress(listing, running=row["backfill_state"] == "leased")
    return BackfillProgress(**dict(come), synced=row["backfilled"])


def _moment(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _coverage(row: Any) -> FolderCoverage:
    mailbox = [row[f"messages_{name}"] for name in Counts._fields]
    return FolderCoverage(
        row["finished_at"],
        row["folder_id"],
        row["name"],
        Counts(*(row[name] for name in Counts._fields)),
        None if None in mailbox else Counts(*mailbox),
    )
