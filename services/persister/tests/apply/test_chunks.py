"""Pieces of bounded size."""

from hypothesis import given
from hypothesis import strategies as st

from mailtide_persister.apply.chunks import chunks
from mailtide_persister.limits import STATEMENT_BYTES, STATEMENT_ROWS


@given(st.lists(st.integers(0, STATEMENT_BYTES * 2) | st.just(0), max_size=500))
def test_pieces_are_bounded_and_whole(sizes: list[int]) -> None:
    pieces = list(chunks(sizes, lambda size: size))
    assert [size for piece in pieces for size in piece] == sizes
    for piece in pieces:
        assert len(piece) == 1 or sum(piece) <= STATEMENT_BYTES
        assert 0 < len(piece) <= STATEMENT_ROWS
