"""Makes Kafka close log segments, so that purged records are compacted away in a bounded time (INV-24)."""

import asyncio
from itertools import count

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.keys import ROLL
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES, Topic
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.publisher import Publisher, partition_for
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import wait_for_event

from . import limits

log = get_logger(__name__)

ROLLED: tuple[tuple[Topic, str], ...] = ((MESSAGES, "/-/state"), (FOLDERS, "/-"), (ACCOUNTS, ""))
"""The compacted topics with personal data, and the suffix of the keys of the appended records."""


class SegmentRoller:
    """Appends a record to every partition of the topics in `ROLLED` periodically. Several may run at once.

    Kafka never compacts the segment that it appends to, and it closes a segment only at an append. On 4.3.1,
    a partition without writes kept a purged message beyond every limit in its settings.

    The records are tombstones of keys that never had a value. Each partition always gets the same key, so
    that older tombstones are compacted away too.
    """

    def __init__(self, publisher: Publisher, partitions: int) -> None:
        self._publisher = publisher
        self._records = [
            (topic, Encoded((start + end).encode(), None, []))
            for topic, end in ROLLED
            for start in _starts(partitions)
        ]
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.roll()
                pause = limits.ROLL_SECONDS
            except TransientError as error:
                log.warning("segment_roll_failed", reason=str(error))
                pause = limits.ROLL_AGAIN_SECONDS
            await wait_for_event(self._stopping, pause)

    def stop(self) -> None:
        self._stopping.set()

    async def roll(self) -> None:
        """Append one record to every partition of the topics in `ROLLED`.

        Raises:
            TransientError: Kafka is unavailable.
        """
        await self._publisher.send_all(self._records)


def _starts(partitions: int) -> list[str]:
    """Return one key prefix for each partition."""
    found: dict[int, str] = {}
    numbers = count()
    while len(found) < partitions:
        start = f"{ROLL}{next(numbers)}"
        found.setdefault(partition_for(start.encode(), range(partitions), ()), start)
    return list(found.values())
