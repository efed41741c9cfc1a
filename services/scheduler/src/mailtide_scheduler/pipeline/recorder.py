"""Records once a minute how far behind each consumer group is."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.group_lag import GroupLag
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.retry import wait_for_event
from mailtide_scheduler import limits
from mailtide_scheduler.database import connected, transaction

from .store import insert_pipeline_minute, lock_pipeline_minute, prune_pipeline_minutes

Measure = Callable[[], Awaitable[Sequence[GroupLag]]]

log = get_logger(__name__)


class PipelineRecorder:
    """Measures the consumer groups once a minute, even if several recorders run at once."""

    def __init__(self, pool: asyncpg.Pool, measure: Measure) -> None:
        self._pool = pool
        self._measure = measure
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.record()
            except TransientError as error:
                log.warning("pipeline_measurement_failed", reason=str(error))
            await wait_for_event(self._stopping, limits.PIPELINE_SECONDS)

    def stop(self) -> None:
        self._stopping.set()

    async def record(self) -> bool:
        """Measure and store the groups' lag, and delete old measurements.

        Return False, without a measurement, if this minute has been measured or is being measured.

        Raises:
            TransientError: Kafka or Postgres is unavailable.
        """
        async with transaction(self._pool) as connection:
            if not await lock_pipeline_minute(connection):
                return False
            await insert_pipeline_minute(connection, await self._measure())
        async with connected(self._pool) as connection:
            await prune_pipeline_minutes(connection)
        return True
