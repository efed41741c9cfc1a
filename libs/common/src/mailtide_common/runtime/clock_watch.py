"""Detects that this process's clock is wrong, so that its observations would have wrong versions (INV-15).

Observations by a fast clock would outrank later changes: Kafka refuses the process's records on compacted topics
(`CLOCK_LEAD_MS`), and readers limit the versions of records that were accepted (`Version.not_after`). Those by a slow
clock would lose to older data that is stored, which nothing else detects. The reference is the clock of Postgres, which
is the same for all processes and readable without a privilege. While Postgres is unavailable, the last measurement
counts.
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
from .clock import clock_difference, lead_text, now_us
from .errors import ConfigurationError, TransientError
from .kafka.publisher import Publisher
from .logs import get_logger
from .postgres import CONNECT_TIMEOUT_SECONDS, connected
from .retry import wait_for_event

WATCH_SECONDS = 30.0
"""Pause between measurements. It can be long: clocks drift by seconds in days, or are wrong from the start."""

log = get_logger(__name__)


async def clock_lead(pool: asyncpg.Pool, *, clock: Callable[[], int] = now_us) -> float:
    """Return the seconds by which `clock` is at least ahead of Postgres' clock, or, negative, behind it.

    A difference that the duration of the query explains counts as 0.

    Errors are those of `connected`.
    """
    async with connected(pool, acquire_seconds=CONNECT_TIMEOUT_SECONDS) as connection:
        asked_at = clock()
        theirs: int = await connection.fetchval(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        )
        return clock_difference(asked_at, theirs, clock()) / MICROSECONDS


class ClockWatch:
    """Measures this process's clock periodically; while it is wrong, refuses work and reports an incident."""

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
        self._reported: set[AlertKind] = set()

    @property
    def wrong(self) -> bool:
        """Whether the last measurement found a difference of more than `MAX_CLOCK_LEAD_SECONDS`."""
        return self._lead is not None and abs(self._lead) > MAX_CLOCK_LEAD_SECONDS

    def check(self) -> None:
        """Raise if the last measurement found the clock wrong. Call this before work that dates observations.

        Raises:
            TransientError: the clock differs from Postgres' by more than `MAX_CLOCK_LEAD_SECONDS`.
        """
        if self.wrong:
            raise TransientError(self._reason)

    async def right(self) -> None:
        """Wait while the last measurement found the clock wrong; if there is none, measure first.

        If Postgres is unavailable, so that there is still no measurement, it does not wait.
        A consumer joins its group only afterwards, because a member that handles nothing would block its partitions.
        From then on, `run` raises when the clock becomes wrong.
        """
        if self._lead is None:
            await self.measure()
        await self._right.wait()
        self._relied_on = True

    async def measure(self) -> None:
        """Measure the lead and set its metric; publish an incident while the clock is wrong, and then its end.

        While Postgres is unavailable, the last measurement stays valid. A report that Kafka does not accept is logged;
        the next measurement repeats it.
        """
        try:
            self._lead = await self._measure()
        except TransientError as error:
            log.info("clock_comparison_failed", reason=str(error))
            return
        metrics.CLOCK_LEAD_SECONDS.set(self._lead)
        if not self.wrong:
            self._right.set()
            await self._end_reported()
            return
        self._right.clear()
        kind = AlertKind.CLOCK_AHEAD if self._lead > 0 else AlertKind.CLOCK_BEHIND
        log.error("clock_drifted", reason=self._reason)
        await self._end_reported(but=kind)
        self._reported.add(kind)
        await self._report(kind, lasts=True)

    async def run(self) -> None:
        """Measure until stopped. Finally, end a reported incident, because the next process has another name.

        Raises:
            ConfigurationError: the clock is wrong, and `right` has returned: the process must end, so that others take
                over its partitions; the next one joins its groups only once its clock is right. Or as `connected`.
        """
        try:
            while not self._stopping.is_set():
                await self.measure()
                if self._relied_on and self.wrong:
                    raise ConfigurationError(self._reason)
                await wait_for_event(self._stopping, self._watch_seconds)
        finally:
            await self._end_reported()

    def stop(self) -> None:
        """Make `run` return."""
        self._stopping.set()

    @property
    def _reason(self) -> str:
        side = lead_text(self._lead or 0)
        return f"the clock is {side} Postgres', more than {MAX_CLOCK_LEAD_SECONDS} s: correct it (NTP)"

    async def _end_reported(self, but: AlertKind | None = None) -> None:
        for kind in self._reported - {but}:
            if await self._report(kind, lasts=False):
                self._reported.remove(kind)

    async def _report(self, kind: AlertKind, *, lasts: bool) -> bool:
        """Return whether Kafka accepted the report."""
        lead = round((self._lead or 0) * MICROSECONDS)
        try:
            await self._publisher.publish(
                IncidentSeen(
                    kind=kind,
                    subject=self._subject,
                    lasts=lasts,
                    reason=self._reason if lasts else "",
                    at=now_us() - lead,  # by Postgres' clock
                )
            )
        except TransientError as error:
            log.warning("clock_report_failed", reason=str(error))
            return False
        return True
