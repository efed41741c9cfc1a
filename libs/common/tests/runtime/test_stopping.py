"""A part that cancels its own closing does not end its caller; a cancelled caller ends."""

import asyncio
from pathlib import Path

import pytest

from mailtide_common.runtime.stopping import STOP_SECONDS, within

DOCS = Path(__file__).parents[4] / "docs"


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


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("invariants.md", "A service stops within {} s,"),
        ("architecture.md", "so a stop ends within {} s "),
        ("operate.md", "a stop took longer than {} s "),
    ],
)
def test_the_documentation_names_the_time_of_a_stop(page: str, text: str) -> None:
    assert text.format(STOP_SECONDS) in (DOCS / page).read_text()
