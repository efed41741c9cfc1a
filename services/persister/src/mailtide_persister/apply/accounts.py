"""Applies accounts: stores their newest snapshots, and erases accounts that are purged."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.events import Account, Purged, SyncKind, SyncWanted
from mailtide_common.contracts.keys import account_uuid, is_roll
from mailtide_common.contracts.times import UnixMicros, of_milliseconds
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_persister.rows.rows import account_row, connected, user_rows, version_key

from . import store
from .batch_result import BatchResult
from .isolate_unstorable import write_isolating_failures
from .observations import name_of
from .purges.erase import PURGED, erase_account


class AccountApplier:
    """Applies records of `mail.accounts.v1` one at a time, because their order matters.

    `markers` publishes markers of purges, and requests for tombstones. It is None during a replay.
    """

    def __init__(self, pool: asyncpg.Pool, markers: Publisher | None = None) -> None:
        self._pool = pool
        self._markers = markers

    async def apply(self, records: Sequence[Record]) -> BatchResult:
        """Store the snapshots of a batch, and erase the accounts of its tombstones.

        Repeating a batch changes no row. A tombstone is ignored if the account was connected later. A
        snapshot of a purged account is stored only if it shows a later connect. The purge then ends.

        The beginning and the end of a purge are published as markers. A snapshot that follows a purge without
        a new connect causes a request for tombstones. A replay publishes nothing.

        Records that cannot be decoded, do not belong on the topic, or are refused by Postgres are returned, to
        be parked.

        Raises:
            TransientError: Postgres or Kafka is unavailable; the batch must not be committed.
        """
        changed = 0
        parked: list[Parked] = []
        for record in records:
            changes, refused = await write_isolating_failures([record], self._apply_one, lambda r: r)
            changed += changes
            parked += refused
            parked += _unusable(record)
        return BatchResult(len(records), changed, tuple(parked))

    async def _apply_one(self, records: Sequence[Record]) -> int:
        return sum([await self._write(record) for record in records])

    async def _write(self, record: Record) -> int:
        decoded = decode(record)
        if isinstance(decoded, Account):
            await self._note_lift(decoded)
            async with store.transaction(self._pool) as connection:
                changed = await _store(connection, decoded)
                late = not changed and await store.get_purge_before(
                    connection, account_uuid(decoded.grant_id), decoded.version.observed_at
                )
            if late and self._markers is not None:
                await self._markers.publish(
                    SyncWanted(grant_id=decoded.grant_id, kind=SyncKind.PURGE, reason=PURGED)
                )
            return changed
        if isinstance(decoded, Tombstone) and decoded.key and not is_roll(decoded.key):
            return await self._purge(
                account_uuid(name_of(decoded.key)[0]), of_milliseconds(record.timestamp_ms)
            )
        return 0

    async def _note_lift(self, event: Account) -> None:
        """Publish the end of a purge if the event shows a later connect; in a replay, do nothing.

        The mark of the purge is deleted afterwards, so that a batch that fails in between repeats this.
        """
        at = connected(event)
        if self._markers is None or at is None:
            return
        account_id = account_uuid(event.grant_id)
        async with store.transaction(self._pool) as connection:
            purged_at = await store.get_purge_before(connection, account_id, at)
        if purged_at is not None:
            await self._markers.publish(Purged(account_id=account_id, purged_at=purged_at, lifted_at=at))

    async def _purge(self, account_id: UUID, written_at: UnixMicros) -> int:
        """Mark the account as purged, publish the marker, and erase the account; return 1 if it had a row.

        Return 0 and do nothing if the account was connected after `written_at`, the tombstone's timestamp. In
        a replay, no marker is published.

        Purges of releases before migration 0008 have written only the tombstone, so the marker is published
        here.
        """
        async with store.locked(self._pool, [account_id]) as connection:
            if not await store.upsert_purges(connection, {account_id: written_at}):
                return 0
        if self._markers is not None:
            await self._markers.publish(Purged(account_id=account_id, purged_at=written_at))
        return await erase_account(self._pool, account_id)


async def _store(connection: store.Connection, event: Account) -> int:
    account_id, users = account_uuid(event.grant_id), user_rows(event)
    changed = await store.upsert_account(connection, account_row(event))
    merged = await store.upsert_account_users(connection, account_id, users)
    version = version_key(event.version)
    resolved = await store.update_first_user(connection, account_id, version, users, merged=merged)
    return int(bool(changed or merged or resolved))


def _unusable(record: Record) -> list[Parked]:
    decoded = decode(record)
    if isinstance(decoded, Unreadable):
        return [Parked(record, ErrorClass.UNREADABLE, decoded.reason)]
    if isinstance(decoded, Tombstone):
        return [] if decoded.key else [Parked(record, ErrorClass.UNREADABLE, "the tombstone has no key")]
    if isinstance(decoded, Account):
        return []
    return [Parked(record, ErrorClass.UNEXPECTED, f"{decoded.type} does not belong on this topic")]
