"""Attempts are repeated after a delay, and not forever."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from mailtide_common.runtime.errors import PermanentError, TransientError
from mailtide_common.runtime.retry import Backoff, until_available, wait_for_event

QUICK = Backoff(first_seconds=0.001, cap_seconds=0.002)
parts = st.floats(0, 1)


class Flaky:
    """Fails some times, then succeeds."""

    def __init__(self, failures: int, error: Exception | None = None) -> None:
        self.left = failures
        self.calls = 0
        self.error = error or TransientError("away")

    async def __call__(self) -> str:
        """One attempt."""
        self.calls += 1
        if self.calls <= self.left:
            raise self.error
        return "done"


@given(st.integers(0, 10_000), parts, parts)
def test_a_delay_is_between_its_share_without_jitter_and_the_cap(
    failures: int, jitter: float, draw: float
) -> None:
    backoff = Backoff(first_seconds=2.0, cap_seconds=300.0, jitter=jitter)
    delay = backoff.seconds(failures, draw)
    assert 2.0 * (1 - jitter) - 1e-9 <= delay <= 300.0


def test_delays_double_up_to_the_cap() -> None:
    backoff = Backoff(first_seconds=5.0, cap_seconds=30.0, jitter=1.0)
    assert [backoff.seconds(failures, 1.0) for failures in range(5)] == [5.0, 10.0, 20.0, 30.0, 30.0]


def test_delays_are_spread_by_chance() -> None:
    backoff = Backoff(first_seconds=1.0, cap_seconds=1.0)
    delays = {backoff.seconds(0) for _ in range(100)}
    assert len(delays) > 1
    assert all(0.5 <= delay <= 1.0 for delay in delays)


async def test_it_is_attempted_until_it_succeeds() -> None:
    work = Flaky(3)
    assert await until_available(work, event="away", backoff=QUICK) == "done"
    assert work.calls == 4


async def test_a_failure_that_lasts_is_logged_once_for_a_while() -> None:
    with capture_logs() as lines:
        await until_available(Flaky(20), event="server_unavailable", backoff=QUICK)
    assert [line["event"] for line in lines] == ["server_unavailable", "attempt_succeeded"]
    assert (lines[0]["failures"], lines[1]["failures"]) == (1, 20)


async def test_another_error_is_raised_at_once() -> None:
    work = Flaky(1, PermanentError("no"))
    with pytest.raises(PermanentError):
        await until_available(work, event="away", backoff=QUICK)
    assert work.calls == 1


async def test_the_last_of_some_attempts_is_raised() -> None:
    work = Flaky(9)
    with pytest.raises(TransientError):
        await until_available(work, event="away", backoff=QUICK, attempts=3)
    assert work.calls == 3


async def test_it_is_attempted_at_least_once_and_no_longer_than_asked_for() -> None:
    work = Flaky(10_000)
    started = time.monotonic()
    with pytest.raises(TransientError):
        await until_available(work, event="away", backoff=QUICK, seconds=0.05)
    assert 0.05 <= time.monotonic() - started < 5
    with pytest.raises(TransientError):
        await until_available(Flaky(1), event="away", backoff=QUICK, seconds=0)


async def test_an_event_is_waited_for_no_longer_than_asked_for() -> None:
    event = asyncio.Event()
    assert not await wait_for_event(event, 0.01)
    asyncio.get_running_loop().call_later(0.01, event.set)
    assert await wait_for_event(event, 5)
    assert await wait_for_event(event, 0)
