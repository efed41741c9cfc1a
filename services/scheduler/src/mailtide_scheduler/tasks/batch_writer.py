"""Applies batches of records to the database, and isolates records that cannot be stored (INV-4)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID, uuid5

import asyncpg

from mailtide_common.contracts.codec import Record, Unreadable
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.keys import NAMESPACE
from mailtide_common.runtime.logs import get_logger
from mailtide_scheduler.database import Connection, is_unstorable, transaction

from .store import lock_schedules

E = TypeVar("E")

log = get_logger(__name__)

Item = tuple[Record, str | None, E]
"""A record, the id of its grant (None if it is about no grant), and its event."""


def record_uuid(record: Record) -> UUID:
    """Return an id that is the same each time the record is read.

    The record's timestamp is part of the id, because offsets start again when a topic is recreated.
    """
    place = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp_ms}"
    return uuid5(NAMESPACE, place)


def unreadable(record: Record, reason: Unreadable) -> Parked:
    return Parked(record, ErrorClass.UNREADABLE, reason.reason)


class BatchWriter(Generic[E]):
    """Applies records in order, under the locks of their grants.

    Args:
        pool: connections to Postgres.
        apply: applies one record in the given transaction.
        instead: returns the event to apply in place of an event that cannot be stored, or None to apply
            nothing.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        apply: Callable[[Connection, Record, E], Awaitable[None]],
        instead: Callable[[E], E | None] = lambda _: None,
    ) -> None:
        self._pool = pool
        self._apply = apply
        self._instead = instead

    async def write(self, items: Sequence[Item[E]]) -> list[Parked]:
        """Apply all items in one transaction; return the records that cannot be stored, to be parked.

        If an item cannot be stored, each item is applied in its own transaction, and the event of `instead`
        in place of an item that cannot be stored.

        Raises:
            TransientError: Postgres is unavailable or busy. Some items may have been applied; it is safe
                to write all of them again.
        """
        try:
            await self._write(items)
        except Exception as error:
            if not is_unstorable(error):
                raise
            if len(items) == 1:
                await self._write_instead(items[0])
                reason = f"the database cannot store a value of the record: {type(error).__name__}"
                return [Parked(items[0][0], ErrorClass.UNSTORABLE, reason)]
        else:
            return []
        return [parked for item in items for parked in await self.write([item])]

    async def _write_instead(self, item: Item[E]) -> None:
        record, grant_id, event = item
        substitute = self._instead(event)
        if substitute is None:
            return
        try:
            await self._write([(record, grant_id, substitute)])
        except Exception as error:
            if not is_unstorable(error):
                raise
            log.warning(
                "substitute_report_refused",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                error=type(error).__name__,
            )

    async def _write(self, items: Sequence[Item[E]]) -> None:
        async with transaction(self._pool) as connection:
            await lock_schedules(connection, {grant for _, grant, _ in items if grant is not None})
            for record, _, event in items:
                await self._apply(connection, record, event)
