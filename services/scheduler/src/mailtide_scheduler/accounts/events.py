"""Applies account events to schedules, tasks and incidents."""

import time
from collections.abc import Callable, Sequence
from urllib.parse import unquote

import asyncpg

from mailtide_common.contracts.codec import Record, Tombstone, Unreadable, decode
from mailtide_common.contracts.dead_letters import ErrorClass, Parked
from mailtide_common.contracts.events import Account, AccountStatus, AlertKind, SyncKind, SyncWanted
from mailtide_common.contracts.keys import is_roll
from mailtide_common.contracts.times import of_milliseconds
from mailtide_common.contracts.versions import Source
from mailtide_scheduler.database import Connection
from mailtide_scheduler.incidents.incidents import close_incidents, open_incident
from mailtide_scheduler.sync_intervals import SyncIntervals
from mailtide_scheduler.tasks.batch_writer import BatchWriter, Item, record_uuid, unreadable
from mailtide_scheduler.tasks.plan_store import enqueue_first_backfills
from mailtide_scheduler.tasks.store import enqueue_task
from mailtide_scheduler.wakeups import Signals

from .actions import AccountControl
from .state import GRANT_INVALID
from .store import (
    ObservationEffect,
    cancel_purges,
    delete_schedule,
    record_observation,
    resume_tasks,
    schedule_now,
)

AccountEvent = Account | Tombstone


class AccountEventHandler:
    """Applies account events to the scheduler's tables.

    `on_connected` is called for each event by which an account becomes due: a user connected it, or its grant
    works again. The account may not have a row yet.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        signals: Signals,
        control: AccountControl,
        intervals: SyncIntervals,
        on_connected: Callable[[], None],
    ) -> None:
        self._signals = signals
        self._control = control
        self._intervals = intervals
        self._on_connected = on_connected
        self._writer: BatchWriter[AccountEvent] = BatchWriter(pool, self._apply)

    async def handle(self, records: Sequence[Record]) -> Sequence[Parked]:
        """Apply a batch of records; return the records to park.

        Records are parked if they are unreadable, are not account events, or cannot be stored. Tombstones of
        `SegmentRoller` are skipped; others follow a purge (see `delete_schedule`). A new connection also
        removes the accounts that it replaces (see `AccountControl.supersede`).

        Raises:
            TransientError: Kafka or Postgres is unavailable or busy.
        """
        items: list[Item[AccountEvent]] = []
        parked: list[Parked] = []
        for record in records:
            event = decode(record)
            match event:
                case Account():
                    items.append((record, event.grant_id, event))
                case Tombstone() if is_roll(event.key):
                    continue
                case Tombstone():
                    items.append((record, unquote(event.key), event))
                case Unreadable():
                    parked.append(unreadable(record, event))
                case _:
                    parked.append(
                        Parked(record, ErrorClass.UNEXPECTED, f"{event.type} is not an account event")
                    )
        if items:
            parked += await self._writer.write(items)
            await self._supersede(items, {letter.record.place for letter in parked})
            self._signals.work()
        return parked

    async def _supersede(self, items: Sequence[Item[AccountEvent]], parked: set[tuple[int, int]]) -> None:
        for record, _, event in items:
            if isinstance(event, Account) and _connects(event) and record.place not in parked:
                await self._control.supersede(event)

    async def _apply(self, connection: Connection, record: Record, event: AccountEvent) -> None:
        if isinstance(event, Tombstone):
            await delete_schedule(connection, unquote(event.key), of_milliseconds(record.timestamp_ms))
            return
        active = event.status is AccountStatus.ACTIVE
        effect = await record_observation(
            connection,
            event.grant_id,
            event.version.observed_at,
            event.connected_at,
            active=active,
            connect=_connects(event),
        )
        if effect.due:
            await self._begin(connection, record, event)
        if active and not effect.overruled:
            await close_incidents(
                connection, AlertKind.GRANT_INVALID, event.grant_id, event.version.observed_at
            )
        if event.status is AccountStatus.INVALID:
            await _note_end(connection, event, effect)

    async def _begin(self, connection: Connection, record: Record, event: Account) -> None:
        """Cancel waiting purges, and start or resume the account's syncs."""
        grant = event.grant_id
        await cancel_purges(connection, grant)
        await schedule_now(connection, [grant])
        await resume_tasks(connection, [grant])
        await enqueue_first_backfills(connection, [grant], self._intervals.start_date(time.time()))
        wanted = SyncWanted(grant_id=grant, kind=SyncKind.DELTA, reason="connected")
        await enqueue_task(connection, record_uuid(record), wanted)
        self._on_connected()


def _connects(event: Account) -> bool:
    return event.version.source is Source.CONNECT and event.status is AccountStatus.ACTIVE


async def _note_end(connection: Connection, event: Account, effect: ObservationEffect) -> None:
    if effect.ended and not effect.overruled:
        await open_incident(
            connection, AlertKind.GRANT_INVALID, event.grant_id, GRANT_INVALID, event.version.observed_at
        )
