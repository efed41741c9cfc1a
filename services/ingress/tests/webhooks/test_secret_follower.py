"""A delivery is refused only after the newest secrets were read."""

import asyncio
from collections.abc import Callable

import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.retry import Backoff
from mailtide_harness.publisher import AWAY
from mailtide_ingress.webhooks.secret_follower import SecretFollower


class FakeReader:
    """A topic whose reads the test lets through one by one."""

    def __init__(self, on_record: Callable[[Record], None]) -> None:
        self.on_record = on_record
        self.reading = asyncio.Event()
        self.gate = asyncio.Event()
        self.reads = 0
        self.stopped = False
        self.error: TransientError | None = None

    async def start(self) -> None:
        if self.error is not None:
            raise self.error

    async def stop(self) -> None:
        self.stopped = True

    async def catch_up(self) -> None:
        self.reads += 1
        self.reading.set()
        await self.gate.wait()
        if self.error is not None:
            raise self.error

    async def next_read(self) -> None:
        async with asyncio.timeout(5):
            await self.reading.wait()
        self.reading.clear()


class Harness:
    """A follower whose readers the test controls."""

    def __init__(self) -> None:
        self.readers: list[FakeReader] = []
        self.made = asyncio.Event()
        self.follower = SecretFollower(
            self.make, lambda _record: None, poll_seconds=3600, backoff=Backoff(0.001, 0.001)
        )

    def make(self, on_record: Callable[[Record], None]) -> FakeReader:
        self.readers.append(FakeReader(on_record))
        self.made.set()
        return self.readers[-1]

    async def reader(self) -> FakeReader:
        async with asyncio.timeout(5):
            await self.made.wait()
        self.made.clear()
        return self.readers[-1]


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def test_ready_only_after_the_end_was_reached() -> None:
    harness = Harness()
    task = asyncio.create_task(harness.follower.run())
    reader = await harness.reader()
    await reader.next_read()
    assert not harness.follower.ready
    waiter = asyncio.create_task(harness.follower.refresh())
    reader.gate.set()
    async with asyncio.timeout(5):
        await waiter
    assert harness.follower.ready
    await end(task)
    assert reader.stopped


async def test_a_refresh_waits_for_a_read_that_began_after_it() -> None:
    harness = Harness()
    task = asyncio.create_task(harness.follower.run())
    reader = await harness.reader()
    await reader.next_read()
    waiters = [asyncio.create_task(harness.follower.refresh()) for _ in range(50)]
    await asyncio.sleep(0)
    reader.gate.set()
    reader.gate = asyncio.Event()
    await reader.next_read()
    assert not any(waiter.done() for waiter in waiters)
    reader.gate.set()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiters)
    assert reader.reads == 2
    await end(task)


@pytest.mark.fault
async def test_a_broker_that_is_away_fails_the_waiters_and_is_tried_again() -> None:
    harness = Harness()
    task = asyncio.create_task(harness.follower.run())
    reader = await harness.reader()
    await reader.next_read()
    waiter = asyncio.create_task(harness.follower.refresh())
    await asyncio.sleep(0)
    reader.error = AWAY
    reader.gate.set()
    with pytest.raises(TransientError):
        await asyncio.wait_for(waiter, 5)
    second = await harness.reader()
    assert reader.stopped
    second.gate.set()
    async with asyncio.timeout(5):
        await harness.follower.refresh()
    await end(task)


async def test_a_waiter_that_gives_up_disturbs_no_other() -> None:
    harness = Harness()
    task = asyncio.create_task(harness.follower.run())
    reader = await harness.reader()
    await reader.next_read()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await harness.follower.refresh()
    reader.gate.set()
    async with asyncio.timeout(5):
        await harness.follower.refresh()
    await end(task)
