"""Which secrets count, and that they are the newest before anybody is refused."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.versions import MICROSECONDS
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.errors import TransientError
from mailtide_harness.ingress import AWAY, BOX, NOW, record, secret_event, secret_record
from mailtide_ingress import limits
from mailtide_ingress.webhooks.secret_follower import SecretFollower
from mailtide_ingress.webhooks.secret_registry import SecretRegistry

DAY = 24 * 3600 * MICROSECONDS


@pytest.fixture(name="book")
def make_book() -> SecretRegistry:
    return SecretRegistry(("from-environment",), BOX.decrypt)


def secrets_at(book: SecretRegistry, now: int) -> list[tuple[str, str]]:
    return [(known.secret, known.kind) for known in book.usable(now)]


def test_the_environments_secrets_never_end(book: SecretRegistry) -> None:
    assert secrets_at(book, NOW + DAY) == [("from-environment", "environment")]


def test_a_replaced_secret_counts_for_a_while(book: SecretRegistry) -> None:
    book.apply(secret_record(secret_event("a")))
    book.apply(secret_record(secret_event(None, "pending", changed_at=NOW + 1)))
    book.apply(secret_record(secret_event("b", changed_at=NOW + 2)))
    end = NOW + 2 + limits.PREVIOUS_SECRET_SECONDS * MICROSECONDS
    assert secrets_at(book, end - 1)[1:] == [("b", "current"), ("a", "previous")]
    assert secrets_at(book, end)[1:] == [("b", "current")]


def test_a_pending_mark_keeps_the_current_secret_and_ends_with_the_new_one(book: SecretRegistry) -> None:
    book.apply(secret_record(secret_event("a")))
    book.apply(secret_record(secret_event(None, "pending", changed_at=NOW + 1)))
    assert book.pending(NOW + 2)
    assert ("a", "current") in secrets_at(book, NOW + 2)
    assert not book.pending(NOW + 1 + limits.PENDING_SECONDS * MICROSECONDS)
    book.apply(secret_record(secret_event("b", changed_at=NOW + 2)))
    assert not book.pending(NOW + 3)


def test_a_previous_secret_counts_until_its_end(book: SecretRegistry) -> None:
    book.apply(secret_record(secret_event("a", "previous", destination="w/previous", expires_at=NOW + 5)))
    assert ("a", "previous") in secrets_at(book, NOW + 4)
    assert ("a", "previous") not in secrets_at(book, NOW + 5)


def test_reading_the_topic_again_changes_nothing(book: SecretRegistry) -> None:
    records = [
        secret_record(secret_event("a")),
        secret_record(secret_event("b", changed_at=NOW + 1)),
        secret_record(secret_event("c", destination="w-2")),
    ]
    for _ in range(2):
        for each in records:
            book.apply(each)
        assert secrets_at(book, NOW + 2)[1:] == [("b", "current"), ("a", "previous"), ("c", "current")]


def test_the_order_of_the_topic_beats_the_clock(book: SecretRegistry) -> None:
    book.apply(replace(secret_record(secret_event(None, "pending")), offset=7))
    book.apply(replace(secret_record(secret_event("a", changed_at=NOW - DAY)), offset=8))
    assert secrets_at(book, NOW)[1:] == [("a", "current")]
    assert not book.pending(NOW)


def test_a_tombstone_forgets_a_destination(book: SecretRegistry) -> None:
    book.apply(secret_record(secret_event("a")))
    book.apply(record(b"w-1", None))
    assert len(secrets_at(book, NOW)) == 1


def test_what_cannot_be_read_or_decrypted_harms_nothing(book: SecretRegistry) -> None:
    book.apply(record(b"w-1", b"\xff", [("type", b"mail.webhook-secret.v1")]))
    book.apply(record(b"w-1", b"{}"))
    other = secret_event("x").model_copy(update={"ciphertext": SecretBox("another").encrypt("x")})
    book.apply(secret_record(other))
    book.apply(secret_record(secret_event("")))
    assert len(secrets_at(book, NOW)) == 1


class FakeReader:
    """A topic whose reads are let through one by one."""

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


class World:
    """A follower whose readers can be steered."""

    def __init__(self) -> None:
        self.readers: list[FakeReader] = []
        self.made = asyncio.Event()
        self.follower = SecretFollower(
            self.make, lambda _record: None, poll_seconds=3600, reconnect_seconds=0.001
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
    world = World()
    task = asyncio.create_task(world.follower.run())
    reader = await world.reader()
    await reader.next_read()
    assert not world.follower.ready
    waiter = asyncio.create_task(world.follower.refresh())
    reader.gate.set()
    async with asyncio.timeout(5):
        await waiter
    assert world.follower.ready
    await end(task)
    assert reader.stopped


async def test_a_refresh_waits_for_a_read_that_began_after_it() -> None:
    world = World()
    task = asyncio.create_task(world.follower.run())
    reader = await world.reader()
    await reader.next_read()
    waiters = [asyncio.create_task(world.follower.refresh()) for _ in range(50)]
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


async def test_a_broker_that_is_away_fails_the_waiters_and_is_tried_again() -> None:
    world = World()
    task = asyncio.create_task(world.follower.run())
    reader = await world.reader()
    await reader.next_read()
    waiter = asyncio.create_task(world.follower.refresh())
    await asyncio.sleep(0)
    reader.error = AWAY
    reader.gate.set()
    with pytest.raises(TransientError):
        await asyncio.wait_for(waiter, 5)
    second = await world.reader()
    assert reader.stopped
    second.gate.set()
    async with asyncio.timeout(5):
        await world.follower.refresh()
    await end(task)


async def test_a_waiter_that_gives_up_leaves_nothing_behind() -> None:
    world = World()
    task = asyncio.create_task(world.follower.run())
    await (await world.reader()).next_read()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await world.follower.refresh()
    assert world.follower._waiting == []
    await end(task)
