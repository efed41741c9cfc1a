"""How bodies are read: gzip of any members, and never more bytes at once than there is room for."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtide_nylas import (
    Budget,
    Hold,
    NylasClient,
    NylasPermanentError,
    NylasTooLargeError,
    NylasTransientError,
)
from mailtide_nylas.decoding.inflate import PIECE_BYTES, Inflater, NotGzipError
from mailtide_nylas.transport.budget import STEP_BYTES

MESSAGE = {"data": {"id": "m", "body": "b" * 3_000}}


class Pieces(httpx.AsyncByteStream):
    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece


def client(answer: Callable[[httpx.Request], httpx.Response], **arguments: Any) -> NylasClient:
    return NylasClient("https://nylas.test", "k", "c", transport=httpx.MockTransport(answer), **arguments)


def packed(
    *pieces: bytes, encoding: str = "gzip", status: int = 200
) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, headers={"content-encoding": encoding}, stream=Pieces(*pieces))


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = [*sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


@given(
    body=st.binary(max_size=400) | st.binary(min_size=1, max_size=3).map(lambda each: each * 200_000),
    members=st.lists(st.integers(0, 10**6), max_size=6),
    received=st.lists(st.integers(0, 10**6), max_size=6),
    zeros=st.integers(0, 600),
)
def test_gzip_of_any_members_in_any_pieces_is_read_whole(
    body: bytes, members: list[int], received: list[int], zeros: int
) -> None:
    data = b"".join(map(gzip.compress, cut(body, members))) + bytes(zeros)
    inflater, inflated = Inflater(), list[bytes]()
    for piece in cut(data, received):
        inflated += inflater.inflate(piece)
    inflater.end()
    assert b"".join(inflated) == body
    assert all(len(piece) <= PIECE_BYTES for piece in inflated)


@given(body=st.binary(min_size=1, max_size=200), end=st.integers(1, 10**6))
def test_gzip_that_breaks_off_is_never_taken_for_whole(body: bytes, end: int) -> None:
    data = gzip.compress(body) + gzip.compress(body)
    first = len(data) // 2
    inflater = Inflater()
    end %= len(data)
    list(inflater.inflate(data[:end]))
    if end not in (0, first):
        with pytest.raises(NotGzipError):
            inflater.end()


async def test_an_answer_of_two_members_is_whole() -> None:
    """Httpx 0.28.1 itself reads the first one only, without an error."""
    data = json.dumps(MESSAGE).encode()
    two = gzip.compress(data[:900]) + gzip.compress(data[900:]) + bytes(9)
    async with httpx.AsyncClient(transport=httpx.MockTransport(packed(two))) as plain:
        assert (await plain.get("https://nylas.test")).content == data[:900]
    async with client(packed(two[:50], two[50:])) as nylas:
        assert await nylas.get_message("g", "m") == MESSAGE["data"]


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (packed(gzip.compress(b"{}")[:-1]), NylasTransientError, "breaks off"),
        (packed(b"{}"), NylasTransientError, "not gzip"),
        (packed(zlib.compress(b"{}"), encoding="deflate"), NylasPermanentError, "content encoding"),
        (packed(*[gzip.compress(bytes(2**20))] * 40), NylasTooLargeError, "larger than 32 MiB"),
        (packed(*[bytes(2**20)] * 40, encoding="identity"), NylasTooLargeError, "larger than 32 MiB"),
        (packed(*[bytes(2**20)] * 40, encoding="", status=503), NylasTransientError, "not a JSON object"),
    ],
)
async def test_bodies_that_are_refused(
    answer: Callable[[httpx.Request], httpx.Response], error: type[Exception], words: str
) -> None:
    async with client(answer) as nylas:
        with pytest.raises(error, match=words):
            await nylas.get_message("g", "m")


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
    budget, holds = Budget(pot), list[Hold]()

    async def answer(size: int) -> None:
        with budget.hold() as hold:
            holds.append(hold)
            for part in range(1, 5):
                await hold.grow(size * part // 4)
                assert sum(each.from_pot for each in holds) <= pot
                assert sum(each.beyond > 0 for each in holds) <= 1
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
    assert (budget._free, budget._beyond, len(budget._waiting)) == (pot, None, 0)


async def test_calls_wait_for_room_before_they_are_made() -> None:
    budget = Budget(STEP_BYTES)
    async with client(lambda _: httpx.Response(200, json=MESSAGE), budget=budget) as nylas:
        with nylas.hold() as first, nylas.hold() as second, nylas.hold() as third:
            await nylas.get_message("g", "m", hold=first)
            await nylas.get_message("g", "m", hold=second)
            waiting = asyncio.create_task(nylas.get_message("g", "m", hold=third))
            await asyncio.sleep(0)
            assert not waiting.done()
            first.release()
            assert (await waiting)["id"] == "m"
