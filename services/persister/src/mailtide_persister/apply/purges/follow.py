"""Reads all of `mail.purges.v1` before anything is stored, and follows it from then on (INV-23)."""

import time
from collections.abc import Callable
from math import inf

from mailtide_common.contracts.codec import Record
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import TopicFollower
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import until_available
from mailtide_persister.limits import PURGES_POLL_MS, PURGES_SWEEP_SECONDS

from .purges import PurgeApplier

log = get_logger(__name__)

MakeReader = Callable[[Callable[[Record], None]], TopicFollower]


class PurgeFollower:
    """Applies all markers at the start of each persister, and new ones afterwards.

    It does not use a consumer group, whose offsets would not fit a database that was restored from a dump.
    """

    def __init__(self, make_reader: MakeReader, purges: PurgeApplier, markers: Publisher) -> None:
        self._make_reader = make_reader
        self._purges = purges
        self._markers = markers
        self._unread: list[Record] = []
        self._swept_at = -inf

    async def catch_up(self) -> None:
        """Apply all markers that are in the topic now.

        Records that are no markers are logged. Also run `adopt`, `sweep` and `prune` of `PurgeApplier`, unless
        they ran in the last `PURGES_SWEEP_SECONDS`.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        reader = self._make_reader(self._unread.append)
        try:
            await reader.start()
            await reader.catch_up()
        finally:
            await reader.stop()
        await self._apply_unread()

    async def run(self) -> None:
        """Apply all markers and then new ones, and periodically run `adopt`, `sweep` and `prune`.

        After an outage of Kafka or Postgres, this begins anew. It ends only when it is cancelled, or by another
        error.
        """
        await until_available(self._follow, event="purge_read_failed")

    async def _follow(self) -> None:
        self._unread.clear()  # the reader begins anew, too
        reader = self._make_reader(self._unread.append)
        try:
            await reader.start()
            while True:
                await reader.follow(timeout_ms=PURGES_POLL_MS)
                await self._apply_unread()
        finally:
            await reader.stop()

    async def _apply_unread(self) -> None:
        if self._unread:
            applied = await self._purges.apply(self._unread)
            self._unread.clear()
            for letter in applied.parked:
                log.error("purge_unreadable", offset=letter.record.offset, reason=letter.message)
        if time.monotonic() - self._swept_at >= PURGES_SWEEP_SECONDS:
            await self._purges.adopt(self._markers)
            await self._purges.sweep()
            await self._purges.prune()
            self._swept_at = time.monotonic()
