"""Counts webhooks by their seconds from receipt to commit, and stores the counts."""

import asyncio
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from math import inf

import asyncpg

from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.metrics import WEBHOOK_BUCKETS
from mailtide_common.runtime.retry import wait_for_event
from mailtide_persister import limits
from mailtide_persister.apply.store import transaction

from .store import prune_webhook_minutes, upsert_webhook_minutes

BOUNDS: tuple[float, ...] = (*WEBHOOK_BUCKETS, inf)
"""Upper bounds of the buckets, in seconds."""

log = get_logger(__name__)


class WebhookMinutes:
    """Counts the webhooks of this process, and periodically adds the counts to `webhook_minutes`.

    Several processes may add to the same minute. A process that is killed loses the counts that it has not
    stored. `clock` returns Unix seconds.
    """

    def __init__(self, pool: asyncpg.Pool, clock: Callable[[], float] = time.time) -> None:
        self._pool = pool
        self._clock = clock
        self._counts: Counter[tuple[int, float]] = Counter()
        self._stopping = asyncio.Event()

    def observe(self, seconds: Sequence[float]) -> None:
        """Count webhooks that were committed now; `seconds` has the time of each from receipt to commit."""
        minute = int(self._clock() // 60) * 60
        self._counts.update((minute, BOUNDS[bisect_left(BOUNDS, each)]) for each in seconds)

    async def run(self) -> None:
        """Store the counts every `WEBHOOK_MINUTES_SECONDS`, and once more when stopped.

        A `TransientError` is logged. Counts that cannot be stored at the end are lost.
        """
        stopped = False
        while not stopped:
            stopped = await wait_for_event(self._stopping, limits.WEBHOOK_MINUTES_SECONDS)
            try:
                await self.store()
            except TransientError as error:
                log.warning("webhook_minutes_delayed", reason=str(error))

    def stop(self) -> None:
        self._stopping.set()

    async def store(self) -> None:
        """Add the counts to the table, and delete old minutes. Do nothing if there are no counts.

        Raises:
            TransientError: Postgres is unavailable. The counts are kept for the next call. They are counted
                twice if only the answer to the commit was lost.
        """
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            async with transaction(self._pool) as connection:
                await upsert_webhook_minutes(connection, counts)
                await prune_webhook_minutes(connection)
        except TransientError:
            self._counts.update(counts)
            raise
