"""Answers in memory stay within the budget, except one at a time."""

import asyncio

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtide_nylas import (
    Budget,
    NylasClient,
    Reservation,
)
from mailtide_nylas.transport.budget import STEP_BYTES


@settings(max_examples=60)
@given(
    sizes=st.lists(st.integers(1, 12 * STEP_BYTES), min_size=1, max_size=12),
    pot=st.integers(0, 8).map(lambda steps: steps * STEP_BYTES),
    cancelled=st.sets(st.integers(0, 11)),
)
async def test_answers_share_the_budget_and_all_of_them_end(
    sizes: list[int], pot: int, cancelled: set[int]
) -> None:
    """INV-33."""
    budget, reservations = Budget(pot), list[Reservation]()

    async def answer(size: int) -> None:
        with budget.reserve() as reservation:
            reservations.append(reservation)
            for part in range(1, 5):
                await reservation.grow(size * part // 4)
                assert sum(each.from_pot for each in reservations) <= pot
                assert sum(each.beyond > 0 for each in reservations) <= 1
                await asyncio.sleep(0)

    tasks = [asyncio.create_task(answer(size)) for size in sizes]
    await asyncio.sleep(0)
    for place in cancelled:
        if place < len(tasks):
            tasks[place].cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert [task.exception() for task in tasks if not task.cancelled()].count(None) >= len(tasks) - len(
        cancelled
    )
    with budget.reserve() as again:
        async with asyncio.timeout(5):
            await again.grow(pot + 1)
        assert (again.from_pot, again.beyond) == (pot, STEP_BYTES), "everything was put back"


async def test_calls_wait_for_room_before_they_are_made() -> None:
    budget = Budget(STEP_BYTES)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": {"id": "m"}}))
    async with NylasClient("https://nylas.test", "k", "c", transport=transport, budget=budget) as nylas:
        with nylas.reserve() as first, nylas.reserve() as second, nylas.reserve() as third:
            await nylas.get_message("g", "m", reservation=first)
            await nylas.get_message("g", "m", reservation=second)
            waiting = asyncio.create_task(nylas.get_message("g", "m", reservation=third))
            await asyncio.sleep(0)
            assert not waiting.done()
            first.release()
            assert (await waiting)["id"] == "m"
