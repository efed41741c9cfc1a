"""Which tasks a pass claims, and with what, compared with the rules written out in Python, on a real Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.events import SyncKind
from mailtide_common.contracts.keys import account_uuid
from mailtide_scheduler import limits
from mailtide_scheduler.sync_intervals import SyncIntervals, Windows
from mailtide_scheduler.tasks.store import claim_tasks

WINDOWS = Windows()
INTERVALS = SyncIntervals(900.0, WINDOWS)
LISTINGS = (SyncKind.DELTA, SyncKind.BACKFILL, SyncKind.AUDIT)
FETCHES = (SyncKind.MESSAGE, SyncKind.THREAD)
SOON, PAST, LONG_PAST = 60.0, -60.0, -limits.MAX_LEASE_SECONDS - 60.0
"""Seconds from now. An expired lease in the long past holds up nothing."""


@dataclass(frozen=True)
class Account:
    """A grant with a schedule. Times are in seconds from now, watermarks in Unix seconds."""

    row: str | None
    """The status in `email_accounts`; None: there is no row."""
    seen_active: bool
    """The scheduler has observed the account as active since the row was written."""
    decision: str | None
    not_before: float | None
    watermark: int | None
    live_watermark: int | None
    medium_window: float | None
    long_window: float | None

    @property
    def callable(self) -> bool:
        return self.decision is None and (self.row in (None, "active") or self.seen_active)


@dataclass(frozen=True)
class Task:
    """A task of `sync_tasks`. Times are in seconds from now."""

    kind: SyncKind
    leased: bool
    due: float
    lease: float
    sent: bool
    between_slices: bool
    follow_up: bool
    hold: float
    named: bool
    """It has a message id; in a purge it stands for the reason that the account was kept out."""

    @property
    def is_proof(self) -> bool:
        return self.kind is SyncKind.AUDIT and self.follow_up


accounts = st.builds(
    Account,
    row=st.sampled_from([None, "active", "invalid", "removed"]),
    seen_active=st.booleans(),
    decision=st.sampled_from([None, None, "paused", "removed"]),
    not_before=st.sampled_from([None, PAST, SOON]),
    watermark=st.sampled_from([None, 1_000_000, 1_000_000]),
    live_watermark=st.sampled_from([None, 2_000_000]),
    medium_window=st.sampled_from([None, PAST, -WINDOWS.medium_interval - 60]),
    long_window=st.sampled_from([None, PAST, -WINDOWS.long_interval - 60]),
)
tasks = st.builds(
    Task,
    kind=st.sampled_from(list(SyncKind)),
    leased=st.booleans(),
    due=st.sampled_from([PAST, PAST, SOON]),
    lease=st.sampled_from([LONG_PAST, PAST, SOON]),
    sent=st.booleans(),
    between_slices=st.booleans(),
    follow_up=st.booleans(),
    hold=st.sampled_from([PAST, SOON]),
    named=st.booleans(),
)


def is_allowed(task: Task, account: Account) -> bool:
    """Return whether the task's kind may be done for an account in this state."""
    if task.kind is SyncKind.PURGE:
        status = account.decision or account.row or "removed"
        return account.decision == "removed" or (task.named and status == "removed")
    if account.not_before == SOON:
        return False
    invalid = account.decision is None and account.row == "invalid"
    return account.callable or (task.kind is SyncKind.ACCOUNT and invalid)


def is_held_up(task: Task, account: Account, others: Sequence[Task]) -> bool:
    """Return whether a waiting task waits for other tasks of its grant, or for a first listing."""
    recently = [each for each in others if each.leased and each.lease > -limits.MAX_LEASE_SECONDS]
    if task.kind is SyncKind.DELTA and account.watermark is None and account.live_watermark is None:
        return True
    if task.kind is SyncKind.AUDIT and account.watermark is None:
        return True
    if task.is_proof and task.hold == SOON and any(each.kind in FETCHES for each in others):
        return True
    if task.kind is SyncKind.BACKFILL and any(each.kind is SyncKind.PURGE for each in recently):
        return True
    if task.kind is SyncKind.PURGE and recently:
        return True
    begins = task.kind in LISTINGS and not task.between_slices
    return begins and any(each.kind is task.kind and (each.leased or each.between_slices) for each in others)


def is_claimed(task: Task, account: Account, others: Sequence[Task]) -> bool:
    if not is_allowed(task, account):
        return False
    if task.leased:
        return task.lease <= 0
    return task.due <= 0 and not is_held_up(task, account, others)


def window_of(account: Account) -> int | None:
    """Return how far back a new delta compares."""
    if account.watermark is None:
        return None
    due = [WINDOWS.short]
    if account.medium_window is None or account.medium_window <= -WINDOWS.medium_interval:
        due.append(WINDOWS.medium)
    if account.long_window is None or account.long_window <= -WINDOWS.long_interval:
        due.append(WINDOWS.long)
    return max(due)


def since_of(account: Account) -> int | None:
    """Return where a new delta begins."""
    seen = account.watermark if account.watermark is not None else account.live_watermark
    return None if seen is None else seen - limits.OVERLAP_SECONDS


@given(groups=st.lists(st.tuples(accounts, st.lists(tasks, max_size=5)), min_size=1, max_size=2))
async def test_what_is_claimed_follows_the_rules(
    *, groups: list[tuple[Account, list[Task]]], pool: asyncpg.Pool
) -> None:
    """INV-10: of each grant for itself."""
    await pool.execute("DELETE FROM sync_tasks; DELETE FROM account_schedules; DELETE FROM email_accounts")
    expected: dict[UUID, tuple[Task, Account]] = {}
    async with pool.acquire() as connection:
        for grant, (account, drawn) in zip("gh", groups, strict=False):
            await store_account(connection, grant, account)
            of_grant = [(await store_task(connection, grant, task, n), task) for n, task in enumerate(drawn)]
            stored = [(id_, task) for id_, task in of_grant if id_ is not None]
            for id_, task in stored:
                others = [each for other, each in stored if other != id_]
                if is_claimed(task, account, others):
                    expected[id_] = (task, account)
        claimed = {each.request.task_id: each.request for each in await claim_tasks(connection, INTERVALS)}
        attempts = dict(await connection.fetch("SELECT task_id, attempts FROM sync_tasks"))
    assert claimed.keys() == expected.keys()
    for id_, request in claimed.items():
        task, account = expected[id_]
        assert attempts[id_] == 3 + (task.leased and task.sent)
        if task.kind is SyncKind.DELTA and not task.between_slices:
            assert (request.since, request.window_seconds) == (since_of(account), window_of(account))


async def store_account(connection: Any, grant: str, account: Account) -> None:
    if account.row is not None:
        await connection.execute(
            "INSERT INTO email_accounts (id, nylas_grant_id, email_address, status, observed_at, source_rank, event_id)"
            " VALUES ($1, $2, 'a@example.com', $3, 5, 2, 'e')",
            account_uuid(grant),
            grant,
            account.row,
        )
    await connection.execute(
        "INSERT INTO account_schedules (grant_id, next_sync_at, decision, not_before, watermark, live_watermark,"
        " medium_window_at, long_window_at, active_observed_at)"
        " VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8)",
        grant,
        account.decision,
        _at(account.not_before),
        account.watermark,
        account.live_watermark,
        _at(account.medium_window),
        _at(account.long_window),
        6 if account.seen_active else None,
    )


async def store_task(connection: Any, grant: str, task: Task, number: int) -> UUID | None:
    """Store a task and return its id; None: an equal request waits already."""
    fetch = task.kind in FETCHES
    stored: UUID | None = await connection.fetchval(
        "INSERT INTO sync_tasks (task_id, grant_id, kind, state, due_at, created_at, lease_until, sent_at, until,"
        " follow_up, hold_until, message_id, attempts)"
        " VALUES ($1, $2, $3, $4, $5, now(), $6, $7, $8, $9, $10, $11, 3)"
        " ON CONFLICT DO NOTHING RETURNING task_id",
        uuid4(),
        grant,
        task.kind.value,
        "leased" if task.leased else "pending",
        _at(task.due),
        _at(task.lease if task.leased else None),
        _at(PAST if task.leased and task.sent else None),
        1_500_000 if task.kind in LISTINGS and task.between_slices else None,
        task.follow_up,
        _at(task.hold if task.is_proof else None),
        f"m{number}" if fetch else "m" if task.kind is SyncKind.PURGE and task.named else None,
    )
    return stored


def _at(seconds: float | None) -> datetime | None:
    """Return a time that is given in seconds from now."""
    return None if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)
