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
    """An account with its health and schedule."""

    account_id: UUID
    grant_id: str
    email: str | None
    display_name: str | None
    provider: str | None
    users: tuple[str, ...]
    """The ids of up to 20 users, in the order in which they were connected."""
    connected_at: datetime | None
    last_delta_at: datetime | None
    proven_at: datetime | None
    unproven_at: datetime | None
    complete_until: datetime | None
    """The watermark: time up to which no mail is missing; None before the first backfill has ended."""
    failures: int
    """Failed syncs in a row."""
    not_before: datetime | None
    """No sync starts before this time, because calls were throttled, or refused during an outage of Nylas."""
    wanted_at: datetime | None
    """When a sync last became due at once.

    This happens when the account is connected or resumed, when its grant becomes valid again, or when
    notifications may have been lost."""
    next_sync_at: datetime | None
    """When the next delta becomes due. Without a timer, a year or more ahead; None without a schedule."""
    next_audit_at: datetime | None
    last_finished_at: datetime | None
    """When the last delta ended, clean or failed."""
    health: AccountHealth
    backfill: BackfillProgress | None
    """Progress of the backfill; None if none is open."""

    @property
    def name(self) -> str:
        """The e-mail address, or the account's id if the address is unknown."""
        return self.email or str(self.account_id)

    @property
    def proven(self) -> bool:
        """Whether an audit has found mailbox and database equal.

        An audit does not count if it began before Nylas had listed the whole mailbox (`unproven_at`).
        """
        return self.proven_at is not None and (self.unproven_at is None or self.unproven_at <= self.proven_at)


class Counts(NamedTuple):
    """Numbers of messages in an audit pass, by result (see `contracts.api.audits`)."""

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
    """A held deletion of a message or folder.

    Attributes:
        kind: `message` or `folder`.
        id: the id of the message or folder at Nylas.
        held_at: when the deletion was held.
        name: the folder's name, if it is stored; None for a message.
        received_at: the message's date, if it is stored; None for a folder.
        total: number of the account's held deletions of this kind.
    """

    kind: str
    id: str
    held_at: datetime | None
    name: str | None
    received_at: datetime | None
    total: int


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the account."""

    kind: str
    state: str
    outcome: str | None
    error: str | None
    synced_count: int
    attempts: int
    reason: str | None
    at: datetime
    """When the task ended. If it is open: when it was last reported on, or else sent or created."""


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident about the account."""

    kind: str
    reason: str
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Action:
    """A change to the account that an operator requested."""

    at: datetime
    operator: str | None
    action: str
    detail: dict[str, Any]
    status: int | None
    """The HTTP status of the scheduler's answer; None while the outcome is unknown."""
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
    """Return the time of the newest notification whose data is in the account's newest messages, or None.

    Only the `WEBHOOK_SEARCHED` newest messages, by date, are searched.
    """
    statement = sql(__package__, "get_last_webhook")
    micros: int | None = await connection.fetchval(statement, account_id, limits.WEBHOOK_SEARCHED)
    return in_datetime(micros)


async def list_coverage(connection: Connection, account: Account) -> list[FolderCoverage]:
    """List up to 200 folders of the newest finished audit pass, most differences first."""
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
