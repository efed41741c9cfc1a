"""A part that cancels its own closing does not end its caller; a cancelled caller ends."""

import asyncio

import pytest

from mailtide_common.runtime.stopping import within


@pytest.mark.fault
async def test_a_closing_that_cancels_itself_ends_only_the_closing() -> None:
    async def closing() -> None:
        part = asyncio.create_task(asyncio.sleep(60))
        part.cancel()
        await part

    await within(1, "a part", closing())


async def test_a_caller_that_is_cancelled_while_it_closes_ends() -> None:
    closes = asyncio.Event()

    async def closing() -> None:
        closes.set()
        await asyncio.sleep(60)

    caller = asyncio.create_task(within(60, "a part", closing()))
    await closes.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
