"""Deletions that wait for an operator's decision (INV-20)."""

from uuid import UUID

import asyncpg

from mailtide_common.contracts.api.accounts import HeldFolder, HeldInFolder, HeldMessage, HeldSummary
from mailtide_common.contracts.events import AlertKind, DeletionsHeld
from mailtide_common.contracts.times import MICROSECONDS, UnixMicros, after
from mailtide_common.runtime.clock import now_us
from mailtide_scheduler import limits
from mailtide_scheduler.accounts.store import get_account
from mailtide_scheduler.database import Connection, sql, transaction
from mailtide_scheduler.errors import UnknownAccountError
from mailtide_scheduler.incidents.incidents import close_incidents, open_incident, update_incident
from mailtide_scheduler.tasks.long_ids import all_shortened, insert_long_ids
from mailtide_scheduler.tasks.store import lock_schedules
from mailtide_scheduler.wakeups import Signals


class HeldDeletions:
    """Approves or discards held deletions."""

    def __init__(self, pool: asyncpg.Pool, signals: Signals) -> None:
        self._pool = pool
        self._signals = signals

    async def decide(self, account_id: UUID, *, approved: bool) -> int:
        """Approve or discard all held deletions of an account; return the number of messages and folders.

        The incident about the held deletions ends. After an approval, each message is fetched once more. If
        folders are approved, the folders are listed again, and those that are still not listed are fetched.
        Only a 404 deletes a message or folder. A decision applies for `DISCARD_SECONDS`.

        Raises:
            UnknownAccountError: there is no such account.
            TransientError: Postgres is unavailable or busy.
        """
        async with transaction(self._pool) as connection:
            account = await get_account(connection, account_id)
            if account is None:
                raise UnknownAccountError
            grant = account.snapshot.grant_id
            await lock_schedules(connection, [grant])
            now = now_us()
            decided = await update_held_deletions(connection, grant, approved=approved, at=now)
            decided += await update_held_folders(connection, grant, approved=approved, at=now)
            await close_incidents(connection, AlertKind.DELETIONS_HELD, grant, now)
        self._signals.work()
        return decided


async def note_held(connection: Connection, event: DeletionsHeld) -> None:
    """Store held deletions, and open an incident or update the open one.

    No incident is opened or updated in these cases:

    - An operator has decided about each of the deletions within the last `DISCARD_SECONDS`.
    - The open incident names the same numbers. Until the decision, every pass reports the same messages anew.
    - The last published alert of the open incident is less than `HELD_AGAIN_SECONDS` old.

    The caller holds the grant's lock, in a transaction.
    """
    held_messages = await upsert_held_deletions(connection, event)
    held_folders = await upsert_held_folders(connection, event)
    if not held_messages and not held_folders:
        return
    messages, folders = await count_held_deletions(connection, event.grant_id)
    missing = _describe(messages, folders)
    reason = f"{missing} no longer listed: too many to delete without approval; none was deleted"
    grant = event.grant_id
    if not await open_incident(connection, AlertKind.DELETIONS_HELD, grant, reason, event.at):
        earliest = after(event.at, -limits.HELD_AGAIN_SECONDS)
        await update_incident(
            connection, AlertKind.DELETIONS_HELD, grant, reason, event.at, earliest=earliest
        )


async def upsert_held_deletions(connection: Connection, event: DeletionsHeld) -> bool:
    """Store held deletions of messages. Return whether any of them waits for a decision."""
    await insert_long_ids(connection, event.grant_id, event.message_ids)
    rows = await connection.fetch(
        sql(__package__, "upsert_held_deletions"),
        event.grant_id,
        all_shortened(event.message_ids),
        event.at,
        limits.DISCARD_SECONDS * MICROSECONDS,
    )
    return any(row["state"] == "held" for row in rows)


async def upsert_held_folders(connection: Connection, event: DeletionsHeld) -> bool:
    """Store held deletions of folders. Return whether any of them waits for a decision."""
    if not event.folder_ids:
        return False
    await insert_long_ids(connection, event.grant_id, event.folder_ids)
    rows = await connection.fetch(
        sql(__package__, "upsert_held_folders"),
        event.grant_id,
        all_shortened(event.folder_ids),
        event.at,
        limits.DISCARD_SECONDS * MICROSECONDS,
    )
    return any(row["state"] == "held" for row in rows)


async def count_held_deletions(connection: Connection, grant_id: str) -> tuple[int, int]:
    """Return how many messages and how many folders of a grant wait for a decision."""
    row = await connection.fetchrow(sql(__package__, "count_held_deletions"), grant_id)
    return row["messages"], row["folders"]


async def list_held_folders(connection: Connection, account_id: UUID) -> list[HeldFolder]:
    """Return the folders of an account whose deletion waits for a decision."""
    rows = await connection.fetch(sql(__package__, "list_held_folders"), account_id)
    return [HeldFolder(**row) for row in rows]


async def update_held_folders(
    connection: Connection, grant_id: str, *, approved: bool, at: UnixMicros
) -> int:
    """Approve or discard all held folders of a grant; return how many.

    If folders are approved, a listing of the grant's folders is enqueued. The caller holds the grant's lock.
    """
    decided: int = await connection.fetchval(sql(__package__, "update_held_folders"), grant_id, approved, at)
    return decided


async def list_held_deletions(
    connection: Connection, account_id: UUID, limit: int, after: str | None
) -> list[HeldMessage]:
    """Return a page of an account's messages whose deletion waits for a decision, ordered by message id.

    `after` is the last message id of the page before; None: the first page.
    """
    rows = await connection.fetch(sql(__package__, "list_held_deletions"), account_id, limit, after)
    return [HeldMessage(**row) for row in rows]


async def get_held_summary(connection: Connection, account_id: UUID) -> HeldSummary:
    """Return a summary of an account's messages whose deletion waits for a decision.

    It has the folders and the period of these messages, and the number of all the account's messages that are
    not deleted.
    """
    numbers = await connection.fetchrow(sql(__package__, "get_held_summary"), account_id)
    return HeldSummary(**numbers, folders=tuple(await list_held_by_folder(connection, account_id)))


async def list_held_by_folder(connection: Connection, account_id: UUID) -> list[HeldInFolder]:
    """Return the folders of an account's messages whose deletion waits for a decision.

    The folder with the most such messages is first. A message counts in each of its folders.
    """
    rows = await connection.fetch(sql(__package__, "list_held_by_folder"), account_id)
    return [HeldInFolder(**row) for row in rows]


async def update_held_deletions(
    connection: Connection, grant_id: str, *, approved: bool, at: UnixMicros
) -> int:
    """Approve or discard all held deletions of messages of a grant; return how many.

    If they are approved, a fetch of each message is enqueued, and a 404 deletes it. The caller holds the
    grant's lock.
    """
    decided: int = await connection.fetchval(
        sql(__package__, "update_held_deletions"), grant_id, approved, at
    )
    return decided


def _describe(messages: int, folders: int) -> str:
    counts = (("message", messages), ("folder", folders))
    return " and ".join(f"{count} {noun}{'s' * (count > 1)}" for noun, count in counts if count)
