"""Use case: what follows when an account is connected, comes back, or is purged."""

from collections.abc import Callable, Sequence
from urllib.parse import unquote

import asyncpg

from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.events import Account, AccountStatus, SyncKind, SyncWanted

from .database import Connection
from .record_batch import BatchWriter, Item, record_uuid, unreadable
from .signals import Signals
from .store import forget_grant, hear_of_account, want_task

AccountEvent = Account | Tombstone


class AccountListener:
    """Makes a newly connected mailbox due at once, by its grant: its row may not be written yet."""

    def __init__(self, pool: asyncpg.Pool, signals: Signals, on_connected: Callable[[], None]) -> None:
        """`on_connected` is told when accounts were connected."""
        self._signals = signals
        self._on_connected = on_connected
        self._writer: BatchWriter[AccountEvent] = BatchWriter(pool, self._apply)

    async def hear(self, records: Sequence[Record]) -> Sequence[Parked]:
        """Write a batch of records; gives back those that say nothing we know.

        Raises:
            TransientError: Postgres is away or busy.
        """
        items: list[Item[AccountEvent]] = []
        parked: list[Parked] = []
        for record in records:
            event = decode(record)
            match event:
                case Account():
                    items.append((record, event.grant_id, event))
                case Tombstone():
                    items.append((record, unquote(event.key), event))
                case Unreadable():
                    parked.append(unreadable(record, event))
                case _:
                    parked.append(Parked(record, "Unexpected", f"{event.type} is no account event"))
        if items:
            parked += await self._writer.write(items)
            self._signals.work()
        return parked

    async def _apply(self, connection: Connection, record: Record, event: AccountEvent) -> None:
        if isinstance(event, Tombstone):
            await forget_grant(connection, unquote(event.key))
            return
        due = await hear_of_account(
            connection,
            event.grant_id,
            event.version.observed_at,
            event.connected_at,
            active=event.status is AccountStatus.ACTIVE,
        )
        if due:
            wanted = SyncWanted(grant_id=event.grant_id, kind=SyncKind.DELTA, reason="connected")
            await want_task(connection, record_uuid(record), wanted)
            self._on_connected()
