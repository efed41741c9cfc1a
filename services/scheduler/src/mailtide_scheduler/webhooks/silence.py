"""Detects that mail arrives without notifications, and has the webhook secret replaced (INV-9).

If NYLAS_WEBHOOK_SECRET is set, the secret is not replaced; an incident is opened all the same.

Silence is suspected if deltas find mail that is newer than the newest notification with a valid signature.
Requests without a valid signature are ignored, so third parties cannot influence this.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from mailtide_common.contracts.events import AlertKind, SyncFinished, SyncProgressed
from mailtide_common.contracts.times import BEGINNING, UnixMicros, UnixSeconds, after, in_micros, in_seconds
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.logs import get_logger
from mailtide_scheduler import limits
from mailtide_scheduler.accounts.store import schedule_all_now
from mailtide_scheduler.database import Connection, connected, sql, transaction
from mailtide_scheduler.incidents.incidents import close_incidents, get_open_since, open_incident
from mailtide_scheduler.sync_intervals import SyncIntervals
from mailtide_scheduler.wakeups import Signals

from .store import lock_webhooks

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """New mail that a slice of a delta found, and that no notification announced.

    Attributes:
        found_at: when the slice was reported.
        messages: number of these messages.
        oldest: the date of the oldest of these messages.
        newest: the date of the newest of these messages.
    """

    found_at: UnixMicros
    messages: int
    oldest: UnixSeconds
    newest: UnixSeconds


class SilenceDetector:
    """Opens an incident when mail arrives without notifications, and ends it when a notification arrives.

    `last_notification` returns when the ingress last published a notification, or None if it never did.
    `delete_secrets` deletes the stored secrets, so that the next check replaces them. It is None if the
    operator keeps the secrets.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        intervals: SyncIntervals,
        signals: Signals,
        last_notification: Callable[[], Awaitable[UnixMicros | None]],
        delete_secrets: Callable[[Connection], Awaitable[None]] | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._intervals = intervals
        self._signals = signals
        self._last_notification = last_notification
        self._forget_secrets = delete_secrets
        self._clock = clock
        self._ask_at = 0.0

    async def check(self, destination_id: str) -> bool:
        """Compare the findings of deltas with the last notification; open or end the incident.

        Return True if the stored secrets were deleted. The caller must then check the destination, which
        replaces its secret. When the secrets are deleted or the incident ends, all accounts become due.
        Findings that a later notification refutes are deleted.

        The notification's time is read only while silence is suspected or the incident is open, at most every
        `LISTEN_SECONDS`.

        Raises:
            TransientError: Kafka or Postgres is unavailable or busy.
        """
        async with connected(self._pool) as connection:
            since = await get_open_since(connection, AlertKind.WEBHOOK_SILENT)
            found = await list_missed_mail(connection)
        if (since is None and not is_silence(found)) or self._clock() < self._ask_at:
            return False
        self._ask_at = self._clock() + limits.LISTEN_SECONDS
        heard = await self._last_notification() or BEGINNING
        if since is not None and heard > since:
            await self._heard_again(destination_id)
            return False
        unheard = [each for each in found if in_micros(each.oldest) > heard]
        if not is_silence(unheard):
            async with connected(self._pool) as connection:
                await delete_missed_mail(connection, in_seconds(heard))
            return False
        return await self._silent(destination_id, unheard)

    async def _silent(self, destination_id: str, unheard: Sequence[Finding]) -> bool:
        messages, oldest = sum(each.messages for each in unheard), min(each.oldest for each in unheard)
        since, now = in_micros(oldest), now_us()
        reason = (
            f"{messages} new messages but no notification: the secret at Nylas may have changed, "
            "or nothing reaches the ingress"
        )
        async with transaction(self._pool) as connection:
            await lock_webhooks(connection)
            await open_incident(
                connection, AlertKind.WEBHOOK_SILENT, destination_id, reason, now, since=since
            )
            if self._forget_secrets is None or not await claim_rotation(connection, destination_id, now):
                return False
            await self._forget_secrets(connection)
            await delete_missed_mail(connection, None)
            await schedule_all_now(connection, since, self._intervals.windows)
        self._signals.work()
        return True

    async def _heard_again(self, destination_id: str) -> None:
        now = now_us()
        async with transaction(self._pool) as connection:
            ended = await close_incidents(connection, AlertKind.WEBHOOK_SILENT, None, now)
            if not ended:
                return
            await delete_missed_mail(connection, None)
            await schedule_all_now(connection, min(each.since for each in ended), self._intervals.windows)
            reason = "notifications arrive again; all accounts are synced over the outage"
            await open_incident(
                connection, AlertKind.WEBHOOK_RESTORED, destination_id, reason, now, momentary=True
            )
        log.warning("webhook_silence_ended", destination_id=destination_id)
        self._signals.work()


def is_silence(found: Sequence[Finding]) -> bool:
    """Return whether successive deltas found at least `SILENT_MESSAGES` unannounced messages. Pure.

    One delta proves nothing. It also finds mail whose notifications were lost while an ingress was down. So
    at least one message must be newer than the report of the first finding.
    """
    if sum(each.messages for each in found) < limits.SILENT_MESSAGES:
        return False
    return in_micros(max(each.newest for each in found)) > min(each.found_at for each in found)


async def insert_missed_mail(
    connection: Connection, event: SyncProgressed | SyncFinished, at: UnixMicros
) -> None:
    """Store the unannounced mail that a delta reported, as a `Finding`. Do nothing if it reported none.

    Args:
        connection: in the transaction that records the report.
        event: the report.
        at: the time of the report. A second report with the same task and time is ignored.
    """
    found = event.unannounced
    if found is not None:
        await connection.execute(
            sql(__package__, "insert_missed_mail"),
            event.task_id,
            at,
            found.messages,
            found.oldest,
            found.newest,
        )


async def list_missed_mail(connection: Connection) -> list[Finding]:
    """Return up to `SILENCE_ROWS` findings, those with the latest `oldest` first."""
    rows: list[Any] = await connection.fetch(sql(__package__, "list_missed_mail"), limits.SILENCE_ROWS)
    return [Finding(row["found_at"], row["messages"], row["oldest"], row["newest"]) for row in rows]


async def delete_missed_mail(connection: Connection, until: UnixSeconds | None) -> None:
    """Delete the findings whose `oldest` is not after `until`; None: all findings."""
    await connection.execute(sql(__package__, "delete_missed_mail"), until)


async def claim_rotation(connection: Connection, destination_id: str, now: UnixMicros) -> bool:
    """Claim the rotation of a destination's secret. The caller holds the lock of `lock_webhooks`.

    Return False if the rotation was claimed within the last `SILENCE_ROTATION_SECONDS`, or if the destination
    is not stored.
    """
    lately = after(now, -limits.SILENCE_ROTATION_SECONDS)
    return (
        await connection.fetchval(sql(__package__, "claim_rotation"), destination_id, now, lately) is not None
    )
