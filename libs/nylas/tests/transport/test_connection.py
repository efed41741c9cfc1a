"""Bodies of answers are complete, or refused with the reason."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from mailtide_nylas import (
    NylasClient,
    NylasPermanentError,
    NylasTooLargeError,
    NylasTransientError,
)

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
        (packed(gzip.compress(b"{}")[:-1]), NylasTransientError, "ends inside"),
        (packed(b"{}"), NylasTransientError, "not valid gzip"),
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
