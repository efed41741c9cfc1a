"""Few concurrent calls per mailbox, and none before its `Retry-After` has passed."""

import asyncio

import pytest

from mailtide_nylas.errors import NylasThrottledError
from mailtide_nylas.transport.limiter import GrantLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_at_most_three_at_once_per_grant_and_none_waits_for_another() -> None:
    """INV-31."""
    limiter = GrantLimiter()
    running: dict[str, int] = {"a": 0, "b": 0}
    highest: dict[str, int] = {"a": 0, "b": 0}

    async def call(grant: str) -> None:
        async with limiter.slot(grant):
            running[grant] += 1
            highest[grant] = max(highest[grant], running[grant])
            for _ in range(5):
                await asyncio.sleep(0)
            running[grant] -= 1

    await asyncio.gather(*(call(grant) for grant in "ab" for _ in range(10)))
    assert highest == {"a": 3, "b": 3}
    assert len(limiter) == 0


async def test_calls_inside_the_window_are_refused_with_the_time_left() -> None:
    clock = Clock()
    limiter = GrantLimiter(clock=clock)
    limiter.block("a", 30)
    limiter.block("a", 5)
    clock.now += 10
    with pytest.raises(NylasThrottledError, match="for another 20 s") as caught:
        async with limiter.slot("a"):
            raise AssertionError("no call may be made")
    assert caught.value.retry_after_seconds == 20
    clock.now += 19.75
    with pytest.raises(NylasThrottledError, match="for another 1 s"):
        async with limiter.slot("a"):
            raise AssertionError("no call may be made")
    async with limiter.slot("b"):
        assert len(limiter) == 2
    clock.now += 0.25
    async with limiter.slot("a"):
        assert len(limiter) == 1
    assert len(limiter) == 0


async def test_who_queued_before_the_window_opened_is_refused_too() -> None:
    limiter = GrantLimiter(at_once=1)
    entered = asyncio.Event()

    async def queued() -> None:
        entered.set()
        async with limiter.slot("a"):
            raise AssertionError("no call may be made")

    async with limiter.slot("a"):
        task = asyncio.create_task(queued())
        await entered.wait()
        await asyncio.sleep(0)
        limiter.block("a", 30, "nylas")
    with pytest.raises(NylasThrottledError) as caught:
        await task
    assert caught.value.scope == "nylas"


async def test_the_queue_has_a_deadline() -> None:
    limiter = GrantLimiter(at_once=1, max_wait_seconds=0.01)
    async with limiter.slot("a"):
        with pytest.raises(NylasThrottledError):
            async with limiter.slot("a"):
                raise AssertionError("no call may be made")
    assert len(limiter) == 0


async def test_expired_windows_of_silent_grants_are_dropped() -> None:
    clock = Clock()
    limiter = GrantLimiter(clock=clock)
    limiter.block("a", 1)
    clock.now += 2
    limiter.block("b", 1)
    assert len(limiter) == 1
