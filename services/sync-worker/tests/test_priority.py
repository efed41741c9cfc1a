"""Bulk work waits for live work, but not forever."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.events import SyncKind, SyncRequested
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, SYNC_REQUESTS
from mailtide_sync_worker.priority import BulkThrottle

NEVER = 3_600.0


def request(kind: SyncKind, until: int | None = None) -> SyncRequested:
    return SyncRequested(task_id=uuid4(), grant_id="ada", kind=kind, until=until)


BULK = request(SyncKind.BACKFILL)


async def wait_for(event: asyncio.Event) -> None:
    await event.wait()


async def settle() -> None:
    """Run everything that is ready to run."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("asked", "bulk"),
    [
        (request(SyncKind.DELTA), False),
        (request(SyncKind.DELTA, until=1_700_000_000), True),
        (request(SyncKind.BACKFILL), True),
        (request(SyncKind.AUDIT), True),
        (request(SyncKind.MESSAGE), False),
        (request(SyncKind.THREAD), False),
        (request(SyncKind.ACCOUNT), False),
    ],
    ids=lambda value: f"{value.kind}-{value.until}" if isinstance(value, SyncRequested) else str(value),
)
async def test_what_is_bulk_has_its_own_lane_and_gives_way(asked: SyncRequested, *, bulk: bool) -> None:
    assert asked.topic is (BACKFILL_REQUESTS if bulk else SYNC_REQUESTS)
    bulk_throttle, done = BulkThrottle(longest_wait_seconds=NEVER), asyncio.Event()
    live = asyncio.create_task(bulk_throttle.live(wait_for)(done))
    await settle()
    turn = asyncio.create_task(bulk_throttle.give_way(asked))
    await settle()
    assert turn.done() is not bulk
    done.set()
    await asyncio.gather(live, turn)


@given(st.permutations(range(4)))
async def test_bulk_goes_when_the_last_live_work_ends(order: list[int]) -> None:
    bulk_throttle = BulkThrottle(longest_wait_seconds=NEVER)
    ends = [asyncio.Event() for _ in order]
    live = [asyncio.create_task(bulk_throttle.live(wait_for)(end)) for end in ends]
    await settle()
    turns = [asyncio.create_task(bulk_throttle.give_way(BULK)) for _ in range(3)]
    for number in order:
        await settle()
        assert not any(turn.done() for turn in turns)
        ends[number].set()
    await asyncio.wait_for(asyncio.gather(*live, *turns), 10)


async def test_live_work_that_fails_is_over() -> None:
    bulk_throttle = BulkThrottle(longest_wait_seconds=NEVER)

    async def fail(reason: str) -> None:
        raise RuntimeError(reason)

    with pytest.raises(RuntimeError):
        await bulk_throttle.live(fail)("a bug")
    await asyncio.wait_for(bulk_throttle.give_way(BULK), 10)


async def test_a_worker_that_is_never_quiet_does_one_page_at_a_time() -> None:
    bulk_throttle, never = BulkThrottle(longest_wait_seconds=0.05), asyncio.Event()
    live = asyncio.create_task(bulk_throttle.live(wait_for)(never))
    await settle()
    clock: Callable[[], float] = asyncio.get_running_loop().time
    began, ended = clock(), list[float]()

    async def page() -> None:
        await bulk_throttle.give_way(BULK)
        ended.append(clock())

    await asyncio.wait_for(asyncio.gather(*(page() for _ in range(4))), 10)
    assert [end - began >= 0.045 * number for number, end in enumerate(ended, 1)] == [True] * 4
    live.cancel()
