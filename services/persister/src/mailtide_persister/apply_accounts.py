"""Writes accounts: the newest snapshot wins, unknown values leave what is known, a tombstone purges."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.events import Account
from mailtide_common.contracts.keys import account_uuid

from . import store
from .applied import Applied
from .bisect_batch import store_what_fits
from .limits import PURGE_SLICE_ROWS
from .observations import UNREADABLE, name_of
from .rows import account_row


class AccountApplier:
    """Brings `mail.accounts.v1` into `email_accounts`, record by record: there are few, and their order counts."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        """Nothing is opened here."""
        self._pool = pool

    async def apply(self, records: Sequence[Record]) -> Applied:
        """Write a batch. Writing it again changes nothing.

        Raises:
            TransientError: Postgres is away; nothing may be committed.
        """
        changed = 0
        parked: list[Parked] = []
        for record in records:
            changes, refused = await store_what_fits([record], self._apply_one, lambda r: r)
            changed += changes
            parked += refused
            reason = _unreadable(record)
            if reason is not None:
                parked.append(Parked(record, UNREADABLE, reason))
        return Applied(len(records), changed, tuple(parked))

    async def _apply_one(self, records: Sequence[Record]) -> int:
        return sum([await self._write(record) for record in records])

    async def _write(self, record: Record) -> int:
        decoded = decode(record)
        if isinstance(decoded, Account):
            async with store.transaction(self._pool) as connection:
                return await store.upsert_account(connection, account_row(decoded))
        if isinstance(decoded, Tombstone) and decoded.key:
            return await self._purge(name_of(decoded.key)[0], record.timestamp_ms)
        return 0

    async def _purge(self, grant_id: str, written_ms: int) -> int:
        async with store.transaction(self._pool) as connection:
            await store.lock_grants(connection, [grant_id])
            if not await store.mark_purged(connection, grant_id, written_ms * 1_000):
                return 0
        account_id: UUID = account_uuid(grant_id)
        while True:
            async with store.transaction(self._pool) as connection:
                if await store.purge_emails(connection, account_id, PURGE_SLICE_ROWS) < PURGE_SLICE_ROWS:
                    return await store.purge_account(connection, account_id)


def _unreadable(record: Record) -> str | None:
    decoded = decode(record)
    if isinstance(decoded, Unreadable):
        return decoded.reason
    if isinstance(decoded, Tombstone):
        return None if decoded.key else "a tombstone whose key names nothing"
    return None if isinstance(decoded, Account) else f"{decoded.type} does not belong on this topic"
