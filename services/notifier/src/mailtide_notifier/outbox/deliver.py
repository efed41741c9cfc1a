"""Sends a delivery, and records the result."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_notifier import limits, metrics
from mailtide_notifier.channels.outgoing import GoneError, LaterError
from mailtide_notifier.channels.post import Post
from mailtide_notifier.channels.store import Target, get_target, suspend_channel
from mailtide_notifier.database import Connection, transaction

from .render import outgoing
from .store import ClaimedDelivery, claim_delivery, complete_delivery, update_failed_delivery

log = get_logger(__name__)


class Deliverer:
    """Sends due deliveries. Safe to run concurrently, also in several processes.

    A delivery is given up after `attempts` failed attempts, or at once after a `PermanentError`.
    """

    def __init__(self, pool: asyncpg.Pool, post: Post, *, attempts: int) -> None:
        self._pool = pool
        self._post = post
        self._attempts = attempts
        self._claiming = asyncio.Lock()
        self._sending: Counter[UUID] = Counter()
        """The number of deliveries in flight, by channel."""

    async def deliver_one(self, channels: Sequence[UUID]) -> bool:
        """Send the delivery that has been due longest, and record the result; return False if none is due.

        Channels to which `limits.CHANNEL_SENDERS` deliveries are being sent by this object are left out.

        Meanwhile the delivery's row is locked, so that no other process sends it. If the result is not
        committed, for example because the process dies, the delivery is sent again with the same id. If the
        receiver answers that it no longer exists, its channel is disabled.

        Args:
            channels: the channels that may send now.

        Raises:
            TransientError: Postgres is unavailable or busy.
        """
        async with transaction(self._pool) as connection:
            async with self._claiming:
                free = [each for each in channels if self._sending[each] < limits.CHANNEL_SENDERS]
                claimed = await claim_delivery(connection, free)
                if claimed is None:
                    return False
                self._sending[claimed.channel_id] += 1
            try:
                target = await get_target(connection, claimed.channel_id)
                if target is not None:
                    await self._try(connection, claimed, target)
            finally:
                self._sending[claimed.channel_id] -= 1
        return True

    async def _try(self, connection: Connection, claimed: ClaimedDelivery, target: Target) -> None:
        try:
            await self._post.send(target, outgoing(claimed.id, claimed.payload))
        except TransientError as error:
            last = claimed.attempts + 1 >= self._attempts
            wait = None if last else retry_seconds(claimed.attempts, error)
            await self._failed(connection, claimed, target, str(error), wait)
        except PermanentError as error:
            await self._failed(connection, claimed, target, str(error), None)
            if isinstance(error, GoneError):
                await suspend_channel(connection, claimed.channel_id, str(error))
        else:
            await complete_delivery(connection, claimed.id)
            metrics.DELIVERIES.labels(target.kind, "sent").inc()

    async def _failed(
        self,
        connection: Connection,
        claimed: ClaimedDelivery,
        target: Target,
        reason: str,
        wait: float | None,
    ) -> None:
        await update_failed_delivery(connection, claimed.id, reason, wait)
        metrics.DELIVERIES.labels(target.kind, "dead" if wait is None else "failed").inc()
        fields = {"delivery": str(claimed.id), "channel": str(claimed.channel_id), "reason": reason}
        if wait is None:
            log.error("delivery_abandoned", attempts=claimed.attempts + 1, **fields)
        else:
            log.warning("delivery_failed", retry_seconds=round(wait, 1), **fields)


def retry_seconds(failures: int, error: TransientError, draw: float | None = None) -> float:
    """Return the seconds until the next attempt: the back-off, or more if the receiver requested it.

    Args:
        failures: failed attempts before this one.
        error: the failure of this attempt.
        draw: a number in [0, 1) for the random part of the back-off; None to draw one.
    """
    own = limits.FAILED_BACKOFF.seconds(failures, draw)
    return max(own, error.seconds) if isinstance(error, LaterError) else own
