"""Text that Postgres can hold."""

from hypothesis import given
from hypothesis import strategies as st

from mailtide_persister.rows.text import array_literal, clean

ANY_TEXT = st.text(st.characters(codec=None))


@given(ANY_TEXT)
def test_clean_text_is_utf8_without_nul(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned.encode().decode()
    assert clean(cleaned) is cleaned


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert clean("a\ud800b\x00c") == "a\ufffdbc"


def test_array_literals_quote_everything() -> None:
    assert array_literal(['a"b', "c\\d", "NULL", ""]) == '{"a\\"b","c\\\\d","NULL",""}'
