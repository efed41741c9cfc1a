"""Rebuilds the mail tables from the topics, without calls to Nylas (INV-12).

Rows whose records Kafka no longer retains are not restored. A replay does not change a complete database.
Services may run meanwhile.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.topics import MESSAGES, REPLAYED_TOPICS, Topic
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.postgres import create_pool
from mailtide_common.runtime.retry import until_available

from .apply.appliers import Appliers, build_appliers
from .apply.batch_result import Apply, BatchResult
from .limits import REPLAY_ATTEMPTS, REPLAY_BACKOFF, REPLAY_RECORDS, WRITERS
from .schema.check import check_schema
from .settings import PersisterSettings

OnProgress = Callable[[Topic, int, int], None]
"""Called with a topic, the number of offsets read so far, and the number of offsets to read."""


@dataclass(slots=True)
class TopicReplay:
    """The result of replaying one topic."""

    topic: str
    records: int = 0
    changed: int = 0
    parked: Counter[str] = field(default_factory=Counter)
    """The number of records that cannot be stored, by error class. A replay writes no dead letters."""
    seconds: float = 0.0

    @property
    def unchanged(self) -> int:
        """The number of records that are neither counted as changed (see `BatchResult`) nor parked."""
        return self.records - self.changed - self.parked.total()

    @property
    def rate(self) -> float:
        """Records per second."""
        return self.records / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """The result of a replay, in the order of its topics."""

    topics: tuple[TopicReplay, ...]


async def replay(settings: PersisterSettings, *, on_progress: OnProgress) -> ReplayReport:
    """Apply every topic in `REPLAYED_TOPICS`, from its start to its present end.

    Raises:
        TransientError: Kafka is unavailable or lacks a topic, or Postgres is unavailable. A batch is tried
            `REPLAY_ATTEMPTS` times.
        ConfigurationError: the database is not migrated to this release, or as `postgres.connected`.
    """
    async with _use_cases(settings) as appliers:
        return ReplayReport(
            tuple(
                [
                    await _replay_topic(settings, topic, appliers.of(topic), on_progress)
                    for topic in REPLAYED_TOPICS
                ]
            )
        )


@asynccontextmanager
async def _use_cases(settings: PersisterSettings) -> AsyncIterator[Appliers]:
    pool = await create_pool(
        settings.database_url.get_secret_value(),
        max_size=WRITERS,
        application_name="mailtide-replay",
        schema=settings.mailtide_schema,
    )
    try:
        await check_schema(pool)
        yield build_appliers(pool, None, ambiguity_seconds=settings.mailtide_ambiguity_seconds)
    finally:
        await pool.close()


async def _replay_topic(
    settings: PersisterSettings, topic: Topic, apply: Apply, on_progress: OnProgress
) -> TopicReplay:
    result = TopicReplay(topic.name)
    started = time.monotonic()
    shares = WRITERS if topic is MESSAGES else 1
    read, total = [0] * shares, [0] * shares

    async def replay_share(share: int) -> None:
        chunks = read_to_end(
            settings.brokers, topic, max_records=REPLAY_RECORDS // shares, share=share, shares=shares
        )
        async for chunk in chunks:
            applied = await _apply(apply, chunk.records)
            result.records += applied.records
            result.changed += applied.changed
            result.parked.update(letter.error_class for letter in applied.parked)
            read[share], total[share] = chunk.read, chunk.total
            result.seconds = time.monotonic() - started
            on_progress(topic, sum(read), sum(total))

    on_progress(topic, 0, 0)
    try:
        async with asyncio.TaskGroup() as group:
            for share in range(shares):
                group.create_task(replay_share(share))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    result.seconds = time.monotonic() - started
    return result


async def _apply(apply: Apply, records: Sequence[Record]) -> BatchResult:
    return await until_available(
        lambda: apply(records), event="replay_delayed", backoff=REPLAY_BACKOFF, attempts=REPLAY_ATTEMPTS
    )
