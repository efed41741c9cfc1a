"""Memory for bodies is bounded, and unsigned senders cannot take all of it."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_ingress import limits
from mailtide_ingress.answers import BUSY, NO_SIGNATURE, TOO_LARGE, TOO_SLOW, Answer
from mailtide_ingress.webhooks.body import MemoryBudget, client_of, read_body

STRANGER, OTHER, NYLAS = "192.0.2.1", "192.0.2.2", "198.51.100.7"


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Sender:
    """A body whose pieces arrive one by one."""

    def __init__(self, budget: MemoryBudget, client: str, refusal: Answer | None = None) -> None:
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._taken = asyncio.Event()
        self.reading = asyncio.create_task(self._read(budget, client, refusal))

    async def _read(self, budget: MemoryBudget, client: str, refusal: Answer | None) -> bytes | Answer:
        with budget.reservation(client) as reservation:
            return await read_body(self._receive, None, reservation, refusal=refusal)

    async def _receive(self) -> Any:
        self._taken.set()
        return await self._messages.get()

    async def send(self, size: int, *, more: bool = True) -> None:
        """Send a piece; return once the reader has asked for the next one, or has ended."""
        await self._taken.wait()
        self._taken.clear()
        self._messages.put_nowait({"type": "http.request", "body": bytes(size), "more_body": more})
        taken = asyncio.create_task(self._taken.wait())
        await asyncio.wait([taken, self.reading], return_when=asyncio.FIRST_COMPLETED, timeout=5)
        taken.cancel()


async def test_a_body_that_drips_ends() -> None:
    never = asyncio.Event()

    async def drip() -> Any:
        await never.wait()

    with MemoryBudget().reservation(STRANGER) as reservation:
        assert await read_body(drip, None, reservation, seconds=0.01) is TOO_SLOW


async def test_what_came_is_held_and_nothing_that_was_only_announced() -> None:
    budget = MemoryBudget()
    sender = Sender(budget, NYLAS)
    await sender.send(1_000)
    assert budget.held == 1_000
    await sender.send(5, more=False)
    assert await sender.reading == bytes(1_005)
    assert budget.held == 0


async def test_one_client_holds_a_part_at_most() -> None:
    budget = MemoryBudget(limit=100, limit_of_one=60)
    strangers = [Sender(budget, STRANGER) for _ in range(5)]
    for stranger in strangers:
        await stranger.send(20)
    assert budget.held == 60
    delivery = Sender(budget, NYLAS)
    await delivery.send(40, more=False)
    assert await delivery.reading == bytes(40)
    for stranger in strangers:
        await stranger.send(0, more=False)
    assert [await stranger.reading for stranger in strangers] == [bytes(20)] * 3 + [BUSY] * 2


async def test_slow_bodies_are_evicted_first_those_of_the_client_that_holds_most() -> None:
    clock = Clock()
    budget = MemoryBudget(limit=100, limit_of_one=100, now=clock)
    small, *large = [Sender(budget, client) for client in (OTHER, STRANGER, STRANGER, STRANGER)]
    await small.send(10)
    for stranger in large:
        await stranger.send(30)
    quick = Sender(budget, NYLAS)
    await quick.send(20, more=False)
    assert await quick.reading is BUSY, "nobody is slow yet"
    clock.seconds += limits.SLOW_BODY_SECONDS + 1
    delivery = Sender(budget, NYLAS)
    await delivery.send(50)
    assert [stranger.reading.done() for stranger in large] == [True, True, False]
    assert await large[0].reading is BUSY
    await delivery.send(0, more=False)
    assert await delivery.reading == bytes(50)
    await small.send(0, more=False)
    assert await small.reading == bytes(10)
    large[2].reading.cancel()
    await asyncio.wait([large[2].reading])
    assert budget.held == 0


async def test_a_client_at_its_limit_displaces_only_its_own_slow_bodies() -> None:
    clock = Clock()
    budget = MemoryBudget(limit=1_000, limit_of_one=50, now=clock)
    other, own = Sender(budget, OTHER), Sender(budget, NYLAS)
    await other.send(50)
    await own.send(50)
    clock.seconds += limits.SLOW_BODY_SECONDS + 1
    delivery = Sender(budget, NYLAS)
    await delivery.send(50, more=False)
    assert (await delivery.reading, await own.reading) == (bytes(50), BUSY)
    await other.send(0, more=False)
    assert await other.reading == bytes(50)


@pytest.mark.parametrize(("refusal", "first"), [(None, limits.MAX_BODY_BYTES), (NO_SIGNATURE, 10)])
async def test_a_refused_body_holds_nothing_while_the_rest_of_it_comes(
    refusal: Answer | None, first: int
) -> None:
    budget = MemoryBudget()
    sender = Sender(budget, STRANGER, refusal)
    await sender.send(first)
    assert budget.held == (0 if refusal else first)
    await sender.send(1)
    assert not sender.reading.done()
    assert budget.held == 0
    await sender.send(1, more=False)
    assert await sender.reading is (refusal or TOO_LARGE)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from([STRANGER, OTHER]), st.integers(0, 60), st.booleans())
    )
)
def test_what_is_held_is_what_the_requests_hold(steps: list[tuple[int, str, int, bool]]) -> None:
    clock = Clock()
    budget = MemoryBudget(limit=100, limit_of_one=70, now=clock)
    opened = {}
    for number, client, size, closes in steps:
        clock.seconds += 1
        if number not in opened:
            context = budget.reservation(client)
            opened[number] = (context, context.__enter__())
        context, reservation = opened[number]
        reservation.take(size)
        if closes:
            context.__exit__(None, None, None)
            del opened[number]
        assert budget.held == sum(reservation.size for _, reservation in opened.values()) <= 100
        for one in (STRANGER, OTHER):
            assert (
                sum(reservation.size for _, reservation in opened.values() if reservation.client == one) <= 70
            )
    for context, _ in opened.values():
        context.__exit__(None, None, None)
    assert budget.held == 0


def test_a_client_is_an_address_or_a_network_of_ipv6() -> None:
    assert client_of("192.0.2.1") == "192.0.2.1"
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff:1") != client_of("2001:db8:0:1::1")
    assert client_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert client_of("unix:") == "unix:"
    assert client_of(None) == ""
