"""Detects that this process' clock is ahead of other clocks; its observations would outrank later changes.

Kafka refuses what such a process writes to the compacted topics (`CLOCK_LEAD_MS`), and readers bound what got past
(`Version.not_after`). This detects it before anything is refused, and reports it. Postgres is the reference: it is one
clock for all processes, and reading it needs no privilege. While it does not answer, the last measurement counts.

INV-15.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

import asyncpg

from mailtide_common.contracts.events import AlertKind, IncidentSeen
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.contracts.versions import MAX_CLOCK_LEAD_SECONDS

from . import metrics
from .clock import now_us
from .errors import ConfigurationError, TransientError
from .kafka.publisher import Publisher
from .logs import get_logger
from .postgres import CONNECT_TIMEOUT_SECONDS, connected
from .retry import wait_for_event

WATCH_SECONDS = 30.0
"""Pause between measurements: clocks drift by seconds in days, or are set wrong at once, mostly before the start."""

log = get_logger(__name__)


async def clock_lead(pool: asyncpg.Pool, *, clock: Callable[[], int] = now_us) -> float:
    """Measure the least number of seconds by which a clock is ahead of Postgres'; negative if it is behind.

    The local clock is read before the query is sent, so a slow answer never looks like a lead.

    Raises:
        TransientError: Postgres is unavailable.
    """
    async with connected(pool, acquire_seconds=CONNECT_TIMEOUT_SECONDS) as connection:
        asked_at = clock()
        theirs: int = await connection.fetchval(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        )
    return (asked_at - theirs) / MICROSECONDS


class ClockWatch:
    """Measures the lead periodically, refuses work while it is too large, and reports it."""

    def __init__(
        self,
        measure: Callable[[], Awaitable[float]],
        publisher: Publisher,
        *,
        service: str,
        watch_seconds: float = WATCH_SECONDS,
    ) -> None:
        """Keep the parts; nothing is measured yet.

        Args:
            measure: the lead in seconds, as `clock_lead`.
            publisher: reports to the scheduler.
            service: names this process, with its host.
            watch_seconds: pause between measurements.
        """
        self._measure = measure
        self._publisher = publisher
        self._subject = f"{service}@{socket.gethostname()}/{os.getpid()}"
        self._watch_seconds = watch_seconds
        self._stopping = asyncio.Event()
        self._right = asyncio.Event()
        self._right.set()
        self._lead: float | None = None
        self._reported = False

    @property
    def ahead(self) -> bool:
        """Whether the clock was more than the tolerance ahead when it was last measured."""
        return self._lead is not None and self._lead > MAX_CLOCK_LEAD_SECONDS

    def check(self) -> None:
        """Refuse work that would be dated by a clock that is ahead.

        Raises:
            TransientError: the clock is ahead.
        """
        if self.ahead:
            raise TransientError(self._reason)

    async def right(self) -> None:
        """Wait until this machine's clock is no longer ahead of Kafka's.

        A consumer joins its group only then: as a member that handles nothing, it would block its partitions.
        """
        await self._right.wait()

    async def measure(self) -> None:
        """Measure the lead once."""
        was = self.ahead
        try:
            self._lead = await self._measure()
        except TransientError as error:
            log.info("clock_comparison_failed", reason=str(error))
            return
        metrics.CLOCK_LEAD_SECONDS.set(self._lead)
        if self.ahead:
            self._right.clear()
            log.error("clock_ahead", reason=self._reason)
        else:
            self._right.set()
        if self.ahead or was or self._reported:
            await self._report(lasts=self.ahead)

    async def run(self) -> None:
        """Measure until stopped. A reported incident ends with this process, because its successor has another name.

        Raises:
            ConfigurationError: the clock was right and is ahead now. The process ends, so that others take over its
                partitions; its successor joins the groups when its clock is right.
        """
        try:
            while not self._stopping.is_set():
                was_right = self._right.is_set()
                await self.measure()
                if was_right and self.ahead:
                    raise ConfigurationError(self._reason)
                await wait_for_event(self._stopping, self._watch_seconds)
        finally:
            if self._reported:
                await self._report(lasts=False)

    def stop(self) -> None:
        """End the loop."""
        self._stopping.set()

    @property
    def _reason(self) -> str:
        return f"the clock is {self._lead or 0:.1f} s ahead of Postgres': correct it (NTP)"

    async def _report(self, *, lasts: bool) -> None:
        lead = round((self._lead or 0) * MICROSECONDS)
        try:
            await self._publisher.publish(
                IncidentSeen(
                    kind=AlertKind.CLOCK_AHEAD,
                    subject=self._subject,
                    lasts=lasts,
                    reason=self._reason if lasts else "",
                    at=now_us()
                    - max(lead, 0),  # by Postgres' clock: nobody looks for an incident of tomorrow
                )
            )
        except TransientError as error:
            log.warning("clock_report_failed", reason=str(error))
        else:
            self._reported = lasts
