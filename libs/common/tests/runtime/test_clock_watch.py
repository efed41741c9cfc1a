"""A clock that is wrong is measured, refuses work and is reported; a correct one continues."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from mailtide_common.contracts.events import AlertKind, IncidentSeen
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.clock_watch import ClockWatch, clock_lead
from mailtide_common.runtime.errors import ClockWrongError, TransientError
from mailtide_common.runtime.postgres import create_pool
from mailtide_devkit.local.backends import PostgresServer
from mailtide_harness.publisher import AWAY, RecordingPublisher

HOUR = 3_600


class Leads:
    """The measurements, in order; None: Postgres does not answer."""

    def __init__(self, *leads: float | None) -> None:
        self._leads = list(leads)

    async def __call__(self) -> float:
        lead = self._leads.pop(0)
        if lead is None:
            raise TransientError("postgres: broken by a test")
        return lead


def lasting(publisher: RecordingPublisher, kind: AlertKind = AlertKind.CLOCK_AHEAD) -> list[bool]:
    return [
        event.lasts for event in publisher.events if isinstance(event, IncidentSeen) and event.kind is kind
    ]


@pytest.mark.parametrize(
    ("lead", "kind", "side"),
    [(HOUR, AlertKind.CLOCK_AHEAD, "ahead of"), (-HOUR, AlertKind.CLOCK_BEHIND, "behind")],
)
async def test_work_is_refused_while_the_clock_is_wrong(lead: float, kind: AlertKind, side: str) -> None:
    """INV-15."""
    publisher = RecordingPublisher()
    watch = ClockWatch(Leads(None, 3.0, -3.0, lead, None, lead, 3.0, 0), publisher, service="test")
    for _ in range(3):
        await watch.measure()
        watch.check()
    assert publisher.events == []
    for _ in range(3):  # a database that does not answer changes nothing
        await watch.measure()
        with pytest.raises(TransientError, match=rf"3600\.0 s {side} Postgres"):
            watch.check()
    assert lasting(publisher, kind) == [True, True]
    await watch.measure()
    watch.check()
    assert lasting(publisher, kind) == [True, True, False]
    await watch.measure()
    assert len(publisher.events) == 3


async def test_the_incident_about_a_fast_clock_ends_when_it_is_slow() -> None:
    publisher = RecordingPublisher()
    watch = ClockWatch(Leads(HOUR, -HOUR), publisher, service="test")
    await watch.measure()
    await watch.measure()
    assert lasting(publisher) == [True, False]
    assert lasting(publisher, AlertKind.CLOCK_BEHIND) == [True]


async def test_a_clock_that_gets_ahead_ends_the_process_and_its_successor_waits() -> None:
    publisher = RecordingPublisher()
    watch = ClockWatch(Leads(0.0, 0.0, HOUR), publisher, service="test", watch_seconds=0.01)
    await watch.right()
    with pytest.raises(ClockWrongError, match=r"3600\.0 s ahead"):
        await asyncio.wait_for(watch.run(), 10)
    assert lasting(publisher) == [True, False]
    leads = Leads(HOUR, HOUR, *[0.0] * 1_000)
    successor = ClockWatch(leads, publisher, service="test", watch_seconds=0.01)
    running = asyncio.create_task(successor.run())
    await asyncio.wait_for(successor.right(), 10)
    successor.stop()
    await running
    assert lasting(publisher) == [True, False, True, True, False]


async def test_the_end_is_told_once_kafka_takes_it() -> None:
    publisher = RecordingPublisher()
    watch = ClockWatch(Leads(HOUR, 0, 0, 0), publisher, service="test")
    await watch.measure()
    publisher.error = AWAY
    await watch.measure()
    publisher.error = None
    await watch.measure()
    await watch.measure()
    assert lasting(publisher) == [True, False]


async def test_what_was_reported_has_the_right_time_and_ends_with_its_process() -> None:
    publisher = RecordingPublisher()
    watch = ClockWatch(Leads(HOUR), publisher, service="test")
    await watch.measure()
    watch.stop()
    await watch.run()
    assert lasting(publisher) == [True, False]
    for event in publisher.events:
        assert isinstance(event, IncidentSeen)
        assert now_us() - HOUR * 1_000_000 == pytest.approx(event.at, abs=10_000_000)


@pytest.fixture
async def pool(postgres: PostgresServer) -> AsyncIterator[asyncpg.Pool]:
    pool = await create_pool(postgres.database_url, max_size=1, application_name="test")
    async with pool:
        yield pool


async def test_the_lead_is_measured_against_postgres(pool: asyncpg.Pool) -> None:
    assert await clock_lead(pool) == pytest.approx(0, abs=0.001)
    assert HOUR - 5 < await clock_lead(pool, clock=lambda: now_us() + HOUR * 1_000_000) <= HOUR + 0.001
    assert -HOUR - 0.001 <= await clock_lead(pool, clock=lambda: now_us() - HOUR * 1_000_000) < 5 - HOUR
