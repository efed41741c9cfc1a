"""Gzip of any members is inflated whole, piece by piece."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_nylas.decoding.inflate import PIECE_BYTES, Inflater, NotGzipError


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
