"""The bytes of dead letters, for people."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from mailtide_scheduler.dead_letters.content import content_of


@given(st.text(), st.booleans(), st.integers(1, 40))
def test_text_is_shown_to_a_whole_character(text: str, packed: bool, most: int) -> None:
    value = text.encode()
    shown = content_of(gzip.compress(value) if packed else value, most)
    assert shown.text is not None
    assert text.startswith(shown.text)
    assert len(value[:most]) - len(shown.text.encode()) < 4


@given(st.binary())
def test_any_bytes_are_shown(value: bytes) -> None:
    shown = content_of(value, 10)
    assert bytes.fromhex(shown.hex) == value[:10]
    assert shown.complete == (len(value) <= 10)


def test_bytes_that_are_no_text_or_no_gzip_have_none() -> None:
    assert content_of(b"\xff\xfe", 10).text is None
    assert content_of(b"\x1f\x8bnonsense", 10).text is None
