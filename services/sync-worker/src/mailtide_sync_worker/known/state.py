"""Reads stored messages, folders, accounts and purges. Writes nothing."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import asyncpg

from mailtide_common.contracts.events import Account, account_of_row
from mailtide_common.contracts.keys import account_uuid, message_uuid
from mailtide_common.runtime.postgres import connected_migrated
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql
from mailtide_sync_worker import limits
from mailtide_sync_worker.messages.compared_state import KnownFolder, KnownMessage, MessageKey


class KnownState:
    """Look-ups of messages, folders, accounts and purges in the persister's tables.

    Every method also raises the errors of `postgres.connected_migrated`.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_messages(
        self, keys: Sequence[MessageKey], *, timeout: float | None = None
    ) -> dict[MessageKey, KnownMessage]:
        """Return the stored messages among `keys`, by key. Deleted and withheld messages are included.

        If Postgres refused the newest content of a message, the digests are those of the refused content.

        Raises:
            TransientError: Postgres is unavailable or slower than `timeout` seconds.
        """
        if not keys:
            return {}
        ids: dict[UUID, MessageKey] = {message_uuid(*key): key for key in keys}
        async with self._connected() as connection:
            rows = await connection.fetch(_sql("list_messages"), list(ids), timeout=timeout)
        return {
            ids[row["id"]]: KnownMessage(
                content_hash=row["content_hash"],
                core_hash=row["core_hash"],
                unread=row["unread"],
                starred=row["starred"],
                folders=tuple(row["folders"]),
                deleted=row["deleted"],
                filled=frozenset(row["filled"]),
            )
            for row in rows
        }

    async def list_registered_grants(self, grant_ids: Sequence[str], *, timeout: float) -> set[str]:
        """Return the grants among `grant_ids` that are purged, or have an account that is not provisional.

        Raises:
            TransientError: Postgres is unavailable or slower than `timeout` seconds.
        """
        by_account = {account_uuid(grant): grant for grant in grant_ids}
        async with self._connected() as connection:
            rows = await connection.fetch(_sql("list_registered_grants"), [*by_account], timeout=timeout)
        return {by_account[row["id"]] for row in rows}

    async def list_purged_grants(self, grant_ids: Sequence[str], *, timeout: float) -> set[str]:
        """Return the grants among `grant_ids` that are purged.

        Raises:
            TransientError: Postgres is unavailable or slower than `timeout` seconds.
        """
        by_account = {account_uuid(grant): grant for grant in grant_ids}
        async with self._connected() as connection:
            rows = await connection.fetch(_sql("list_purged_grants"), [*by_account], timeout=timeout)
        return {by_account[row["account_id"]] for row in rows}

    async def get_account(self, grant_id: str) -> Account | None:
        """Return the account of a grant, or None if the grant has no row or only a provisional one.

        Raises:
            TransientError: Postgres is unavailable.
        """
        async with self._connected() as connection:
            row = await connection.fetchrow(_sql("get_account"), account_uuid(grant_id))
        return None if row is None else account_of_row(row)

    async def list_folders(self, grant_id: str) -> dict[str, KnownFolder]:
        """Return the folders of a grant that are not deleted, by Nylas id.

        Raises:
            TransientError: Postgres is unavailable.
        """
        async with self._connected() as connection:
            rows = await connection.fetch(_sql("list_folders"), account_uuid(grant_id))
        return {
            row["nylas_folder_id"]: KnownFolder(row["name"], tuple(row["attributes"]), row["observed_at"])
            for row in rows
        }

    def _connected(self) -> AbstractAsyncContextManager[Connection]:
        return connected_migrated(self._pool, acquire_seconds=limits.ACQUIRE_SECONDS)


def _sql(name: str) -> str:
    return load_sql(__package__, name)
