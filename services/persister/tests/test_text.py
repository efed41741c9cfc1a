"""Text that Postgres can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_persister.limits import BODY_TEXT_INPUT_CHARACTERS
from mailtide_persister.text import array_literal, clean, plain_text

ANY_TEXT = st.text(st.characters(codec=None))


@given(ANY_TEXT)
def test_clean_text_is_utf8_without_nul(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned.encode().decode()
    assert clean(cleaned) is cleaned


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    assert clean("a\ud800b\x00c") == "a\ufffdbc"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("just text\n\nand more ", "just text\n\nand more"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<p>Hel<b>lo</b></p><p>two&nbsp;&amp; three</p>", "Hello\ntwo & three"),
        ("<style>p{}</style><script>x()</script><head><title>t</title></head><p>seen</p>", "seen"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("", ""),
        ("<frameset>", ""),
    ],
)
def test_plain_text_is_what_a_reader_sees(body: str, text: str) -> None:
    assert plain_text(body) == text


@given(ANY_TEXT)
def test_any_body_has_some_plain_text(text: str) -> None:
    assert "\x00" not in plain_text(clean(text))
    assert "\x00" not in plain_text("<p>" + clean(text))


def test_a_huge_body_is_read_in_part() -> None:
    assert len(plain_text("<p>" + "x" * (2 * BODY_TEXT_INPUT_CHARACTERS))) < BODY_TEXT_INPUT_CHARACTERS


def test_a_deep_body_is_read() -> None:
    assert plain_text("<div>" * 50_000 + "deep") == "deep"


def test_array_literals_quote_everything() -> None:
    assert array_literal(['a"b', "c\\d", "NULL", ""]) == '{"a\\"b","c\\\\d","NULL",""}'
