"""Detects that this process's clock is ahead, so that its observations would outrank later changes (INV-15).

Kafka refuses such a process's records on compacted topics (`CLOCK_LEAD_MS`), and readers limit the versions of records
that were accepted (`Version.not_after`). This module detects and reports the lead before records are refused. The
reference is the clock of Postgres, which is the same for all processes and readable without a privilege. While Postgres
is unavailable, the last measurement counts.
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
"""Pause between measurements. It can be long: clocks drift by seconds in days, or are wrong from the start."""

log = get_logger(__name__)


async def clock_lead(pool: asyncpg.Pool, *, clock: Callable[[], int] = now_us) -> float:
    """Return a lower bound of the seconds by which `clock` is ahead of Postgres' clock; negative if it is behind.

    The local clock is read before the query is sent, so that a slow answer is not taken for a lead. Errors are those
    of `connected`.
    """
    async with connected(pool, acquire_seconds=CONNECT_TIMEOUT_SECONDS) as connection:
        asked_at = clock()
        theirs: int = await connection.fetchval(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        )
    return (asked_at - theirs) / MICROSECONDS


class ClockWatch:
    """Measures this process's clock lead periodically; while it is too large, refuses work and reports an incident."""

    def __init__(
        self,
        measure: Callable[[], Awaitable[float]],
        publisher: Publisher,
        *,
        service: str,
        watch_seconds: float = WATCH_SECONDS,
    ) -> None:
        """Create a watch that has not measured anything.

        Args:
            measure: returns the lead in seconds, such as `clock_lead`.
            publisher: publishes reports to the scheduler.
            service: the service's name, part of the report's subject.
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
        self._relied_on = False
        self._reported = False

    @property
    def ahead(self) -> bool:
        """Whether the last measurement found the clock ahead by more than `MAX_CLOCK_LEAD_SECONDS`."""
        return self._lead is not None and self._lead > MAX_CLOCK_LEAD_SECONDS

    def check(self) -> None:
        """Raise if the clock is ahead. Call this before work that dates observations.

        Raises:
            TransientError: the clock is ahead.
        """
        if self.ahead:
            raise TransientError(self._reason)

    async def right(self) -> None:
        """Wait while the last measurement found the clock ahead; if there is none, measure first.

        A consumer joins its group only afterwards, because a member that handles nothing would block its partitions.
        From then on, `run` raises when the clock gets ahead.
        """
        if self._lead is None:
            await self.measure()
        await self._right.wait()
        self._relied_on = True

    async def measure(self) -> None:
        """Measure the lead and set its metric; publish an incident while the lead is too large, and then its end.

        While Postgres is unavailable, the last measurement stays valid. A report that Kafka does not accept is logged;
        the next measurement repeats it.
        """
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
        """Measure until stopped. Finally, end a reported incident, because the next process has another name.

        Raises:
            ConfigurationError: the clock is ahead, and `right` has returned. The process must end, so that others take
                over its partitions; the next one joins its groups only once its clock is right.
        """
        try:
            while not self._stopping.is_set():
                await self.measure()
                if self._relied_on and self.ahead:
                    raise ConfigurationError(self._reason)
                await wait_for_event(self._stopping, self._watch_seconds)
        finally:
            if self._reported:
                await self._report(lasts=False)

    def stop(self) -> None:
        """Make `run` return."""
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
                    at=now_us() - max(lead, 0),  # by Postgres' clock, so not in the future
                )
            )
        except TransientError as error:
            log.warning("clock_report_failed", reason=str(error))
        else:
            self._reported = lasts
