"""Reads the stored messages and folders of a mailbox. Writes nothing."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from mailtide_common.contracts.dead_letters import parked_message_uuid
from mailtide_common.contracts.keys import account_uuid, message_uuid
from mailtide_common.contracts.times import BEGINNING, UnixMicros, UnixSeconds
from mailtide_common.runtime.postgres import connected_migrated
from mailtide_common.runtime.sql import load_sql
from mailtide_sync_worker import limits
from mailtide_sync_worker.messages.compared_state import Contents, Entry, folders_in_order
from mailtide_sync_worker.publishing.parking import GROUP


@dataclass(frozen=True, slots=True)
class StoredEntries:
    """The stored index entries of some messages."""

    live: dict[str, Entry]
    """Entries of messages that are not deleted, by message id."""
    deleted: dict[str, UnixMicros]
    """Time of the newest observation of each deleted message, by message id."""
    unconfirmed: set[str]
    """Ids of messages whose stored content is a notification's, without a body. A fetch must confirm that they
    have none."""


@dataclass(frozen=True, slots=True)
class Place:
    """The date of a message, and the provider of its mailbox."""

    date: UnixSeconds | None
    """None if only the message's state is known."""
    provider: str | None


class StoredIndex:
    """Look-ups of a mailbox's messages and folders in the persister's tables.

    Every method also raises the errors of `postgres.connected_migrated`.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_entries(self, grant_id: str, message_ids: Sequence[str]) -> StoredEntries:
        """Return the stored entries of some messages. Messages without stored content have none.

        Raises:
            TransientError: Postgres is unavailable.
        """
        found = StoredEntries({}, {}, set())
        for first in range(0, len(message_ids), limits.INDEX_CHUNK):
            chunk = message_ids[first : first + limits.INDEX_CHUNK]
            ids = {message_uuid(grant_id, message_id): message_id for message_id in chunk}
            for row in await self._fetch("list_entries", list(ids)):
                message_id = ids[row["id"]]
                if row["deleted"]:
                    found.deleted[message_id] = row["observed_at"]
                else:
                    found.live[message_id] = _entry(row, message_id)
                    if row["unconfirmed"]:
                        found.unconfirmed.add(message_id)
        return found

    async def list_contents(self, grant_id: str, message_ids: Sequence[str]) -> dict[str, Contents]:
        """Return the compared parts of the stored contents of some messages, by message id.

        Deleted messages, messages without stored content, and messages whose newest content Postgres refused
        are omitted.

        Raises:
            TransientError: Postgres is unavailable.
        """
        ids = {message_uuid(grant_id, message_id): message_id for message_id in message_ids}
        return {
            ids[row["id"]]: Contents(
                observed_at=row["observed_at"],
                content_hash=row["content_hash"],
                subject=row["subject"],
                snippet=row["snippet"],
                body_bytes=row["body_bytes"],
                attachments=row["attachments"],
                sanitised=row["sanitised"],
            )
            for row in await self._fetch("list_contents", list(ids))
        }

    async def list_entries_in_range(
        self, grant_id: str, since: UnixSeconds, until: int
    ) -> AsyncIterator[list[Entry]]:
        """Yield the stored entries of a range of dates in chunks, newest first.

        `since` is inclusive, and `until` exclusive. Deleted messages, and messages without stored content,
        are omitted.

        Raises:
            TransientError: Postgres is unavailable.
        """
        moment: datetime | None = None
        id_: UUID | None = None
        account = account_uuid(grant_id)
        while True:
            rows = await self._fetch(
                "list_entries_in_range", account, since, until, moment, id_, limits.INDEX_CHUNK
            )
            if rows:
                moment, id_ = rows[-1]["received_at"], rows[-1]["id"]
                yield [_entry(row, row["nylas_message_id"]) for row in rows]
            if len(rows) < limits.INDEX_CHUNK:
                return

    async def count_messages(self, grant_id: str) -> int:
        """Return the number of the account's messages in `emails` that are not deleted.

        Raises:
            TransientError: Postgres is unavailable.
        """
        (row,) = await self._fetch("count_messages", account_uuid(grant_id))
        return int(row["count"])

    async def list_message_ids(self, grant_id: str) -> AsyncIterator[list[str]]:
        """Yield the ids of all messages of an account, in chunks. Some ids occur twice.

        Deleted and withheld messages are included.

        Raises:
            TransientError: Postgres is unavailable.
        """
        account = account_uuid(grant_id)
        moment: datetime | None = None
        id_: UUID | None = None
        while True:
            rows = await self._fetch("list_message_ids", account, moment, id_, limits.INDEX_CHUNK)
            if rows:
                moment, id_ = rows[-1]["received_at"], rows[-1]["id"]
                yield [row["nylas_message_id"] for row in rows]
            if len(rows) < limits.INDEX_CHUNK:
                break
        withheld = [row["nylas_message_id"] for row in await self._fetch("list_withheld_ids", account)]
        for first in range(0, len(withheld), limits.INDEX_CHUNK):
            yield withheld[first : first + limits.INDEX_CHUNK]

    async def list_folder_ids(self, grant_id: str) -> list[str]:
        """Return the ids of all folders of an account, deleted ones included.

        Raises:
            TransientError: Postgres is unavailable.
        """
        return [
            row["nylas_folder_id"] for row in await self._fetch("list_folder_ids", account_uuid(grant_id))
        ]

    async def list_unparked(self, grant_id: str, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries of messages that are not parked, and whose content Postgres did not refuse.

        Messages that a sync worker parked stay parked after a redrive or discard, until the dead letter is
        pruned.

        Raises:
            TransientError: Postgres is unavailable.
        """
        if not entries:
            return []
        letters = {
            parked_message_uuid(grant_id, entry.message_id, group=GROUP): entry.message_id
            for entry in entries
        }
        ids = {message_uuid(grant_id, entry.message_id): entry.message_id for entry in entries}
        names = letters | ids
        rows = await self._fetch("list_parked_messages", list(letters), list(ids))
        parked = {names[row["id"]] for row in rows}
        return [entry for entry in entries if entry.message_id not in parked]

    async def get_place(self, grant_id: str, message_id: str) -> Place | None:
        """Return the place of a message, or None if the message has no row in `emails`.

        Raises:
            TransientError: Postgres is unavailable.
        """
        rows = await self._fetch("get_place", message_uuid(grant_id, message_id))
        return Place(rows[0]["date"], rows[0]["provider"]) if rows else None

    async def _fetch(self, name: str, *arguments: object) -> list[Any]:
        async with connected_migrated(self._pool, acquire_seconds=limits.ACQUIRE_SECONDS) as connection:
            rows: list[Any] = await connection.fetch(load_sql(__package__, name), *arguments)
        return rows


def _entry(row: Any, message_id: str) -> Entry:
    observed_at = row["observed_at"]
    return Entry(
        message_id=message_id,
        thread_id=row["nylas_thread_id"],
        unread=row["unread"],
        starred=row["starred"],
        folders=folders_in_order(row["folders"]),
        date=row["date"],
        observed_at=BEGINNING if observed_at is None else observed_at,
    )
