"""Detects that this process's clock is wrong, because its observations would have wrong versions (INV-15).

Observations of a process with a fast clock would outrank later changes. On compacted topics, Kafka refuses
records that are ahead by more than `CLOCK_LEAD_MS`. Readers limit the versions of accepted records
(`Version.not_after`).

Observations of a process with a slow clock would lose to older stored data. Kafka and readers do not detect
this.

The reference is the clock of Postgres, because reading it needs no privilege.
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
from .errors import ClockWrongError, TransientError
from .kafka.publisher import Publisher
from .logs import get_logger
from .postgres import CONNECT_TIMEOUT_SECONDS, connected
from .retry import wait_for_event

WATCH_SECONDS = 30.0
"""Pause between measurements. It can be long, because a clock that is right drifts slowly."""

log = get_logger(__name__)


async def clock_lead(pool: asyncpg.Pool, *, clock: Callable[[], int] = now_us) -> float:
    """Return the least difference between `clock` and Postgres' clock, in seconds (`clock_difference`).

    The result is positive if `clock` is ahead, and negative if it is behind. `clock` returns microseconds
    since 1970.

    Raises:
        TransientError: as `connected`.
        ConfigurationError: as `connected`.
    """
    async with connected(pool, acquire_seconds=CONNECT_TIMEOUT_SECONDS) as connection:
        asked_at = clock()
        theirs: int = await connection.fetchval(
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        )
        return clock_difference(asked_at, theirs, clock()) / MICROSECONDS


class ClockWatch:
    """Measures periodically whether this process's clock is right. While it is wrong, reports an incident."""

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
            measure: returns the clock's lead in seconds, as `clock_lead` does.
            publisher: publishes incidents for the scheduler.
            service: the service's name, which is part of an incident's subject.
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
        """Whether the clock differed by more than `MAX_CLOCK_LEAD_SECONDS` at the last measurement."""
        return self._lead is not None and abs(self._lead) > MAX_CLOCK_LEAD_SECONDS

    def check(self) -> None:
        """Check the last measurement. Call this before work that dates observations.

        Raises:
            TransientError: the clock is `wrong`.
        """
        if self.wrong:
            raise TransientError(self._reason)

    async def right(self) -> None:
        """Wait until the clock is right. Call this before a consumer joins its group.

        A member that handles nothing would block its partitions. Therefore, after this method has returned,
        `run` raises when the clock becomes wrong.

        If there is no measurement yet, measure once. Return if Postgres is unavailable then.

        Raises:
            ConfigurationError: as `connected`.
        """
        if self._lead is None:
            await self.measure()
        await self._right.wait()
        self._relied_on = True

    async def measure(self) -> None:
        """Measure the clock's lead and set its metric. Report that the clock is wrong, or no longer wrong.

        If Postgres is unavailable, the previous measurement stays valid. A report that Kafka does not
        acknowledge is repeated after the next measurement.

        Raises:
            ConfigurationError: as `connected`.
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
        """Measure until stopped.

        Finally, report the end of an incident, because the next process will have another subject.

        Raises:
            ClockWrongError: a measurement found the clock wrong after `right` had returned. The process must
                end, so that other processes take over its partitions.
            ConfigurationError: as `connected`.
        """
        try:
            while not self._stopping.is_set():
                await self.measure()
                if self._relied_on and self.wrong:
                    raise ClockWrongError(self._reason)
                await wait_for_event(self._stopping, self._watch_seconds)
        finally:
            await self._end_reported()

    def stop(self) -> None:
        """Make `run` return."""
        self._stopping.set()

    @property
    def _reason(self) -> str:
        side = lead_text(self._lead or 0)
        return (
            f"this machine's clock is {side} Postgres' clock; at most {MAX_CLOCK_LEAD_SECONDS} s are "
            "allowed: correct it, for example by NTP; if every process reports this, correct Postgres' clock"
        )

    async def _end_reported(self, but: AlertKind | None = None) -> None:
        for kind in self._reported - {but}:
            if await self._report(kind, lasts=False):
                self._reported.remove(kind)

    async def _report(self, kind: AlertKind, *, lasts: bool) -> bool:
        """Report an incident, or its end if not `lasts`. Return whether Kafka acknowledged the report."""
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
