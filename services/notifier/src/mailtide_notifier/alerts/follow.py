"""Turns the scheduler's alerts into notices, and stores reminders of open incidents."""

from collections.abc import Callable, Sequence

import asyncpg

from mailtide_common.contracts.api.channels import Channel
from mailtide_common.contracts.codec import Record, decode
from mailtide_common.contracts.dead_letters import Parked
from mailtide_common.contracts.events import AlertEnded, AlertRaised
from mailtide_common.runtime.clock import now_us
from mailtide_notifier.channels.store import list_channels
from mailtide_notifier.database import Connection, transaction
from mailtide_notifier.outbox.store import insert_notices, list_told_channels, update_brief_notices

from . import decide
from .store import close_incident, insert_incident, list_due_reminders

TYPES = frozenset({AlertRaised.type, AlertEnded.type})


class AlertFollower:
    """Consumes the alerts in `mail.sync-events.v1`, and stores the notices that they cause (INV-37).

    Args:
        pool: the notifier's connections.
        wake: called after a batch with alerts, even if they caused no notice.
        max_age_seconds: incidents that opened longer ago are stored, but not announced.
    """

    def __init__(self, pool: asyncpg.Pool, wake: Callable[[], None], *, max_age_seconds: float) -> None:
        self._pool = pool
        self._wake = wake
        self._max_age_seconds = max_age_seconds

    async def handle(self, records: Sequence[Record]) -> Sequence[Parked]:
        """Store the incidents and notices that follow from a batch, in one transaction. Safe to repeat.

        The end of an incident suppresses notices of its opening that are for a digest and not due yet.

        Returns:
            No dead letters, because the persister parks records that cannot be decoded.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        events = [decode(record) for record in records if record.header("type") in TYPES]
        if not events:
            return []
        async with transaction(self._pool) as connection:
            channels = await list_channels(connection)
            for event in events:
                if isinstance(event, AlertRaised):
                    await self._raised(connection, event, channels)
                elif isinstance(event, AlertEnded):
                    await self._ended(connection, event, channels)
        self._wake()
        return []

    async def remind(self, channels: Sequence[Channel]) -> None:
        """Store due reminders of open incidents, at most `limits.REMIND_BATCH`. `channels` are all channels.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        if not any(channel.enabled and channel.reminder_seconds for channel in channels):
            return
        by_id = {channel.id: channel for channel in channels}
        async with transaction(self._pool) as connection:
            due = await list_due_reminders(connection)
            notices = [
                decide.reminder(each.incident, by_id[each.channel_id], each.number)
                for each in due
                if each.channel_id in by_id
            ]
            await insert_notices(connection, notices)

    async def _raised(self, connection: Connection, alert: AlertRaised, channels: Sequence[Channel]) -> None:
        incident = decide.incident_of(alert)
        if alert.kind in decide.UNTOLD or not await insert_incident(connection, incident):
            return
        if decide.is_news(incident, now_us(), self._max_age_seconds):
            await insert_notices(connection, decide.opened(incident, channels))

    async def _ended(self, connection: Connection, end: AlertEnded, channels: Sequence[Channel]) -> None:
        incident = await close_incident(connection, decide.ended_incident(end), end.at)
        if incident is not None:
            await update_brief_notices(connection, incident.id)
            told = await list_told_channels(connection, incident.id)
            await insert_notices(connection, decide.ended(incident, channels, told))
