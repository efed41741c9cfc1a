"""The visible text of bodies, plain and HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_persister.limits import BODY_TEXT_INPUT_CHARACTERS
from mailtide_persister.rows.body_text import plain_text
from mailtide_persister.rows.text import clean

ANY_TEXT = st.text(st.characters(codec=None))
ELEMENTS = (
    "a",
    "b",
    "big",
    "center",
    "code",
    "div",
    "h1",
    "i",
    "li",
    "p",
    "pre",
    "q",
    "s",
    "span",
    "td",
    "tt",
    "u",
)
WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
BETWEEN_WORDS = st.sampled_from([" ", "  ", "\n", "\r\n", "\t", " \n\n> "])
ODD_WORDS = st.sampled_from(
    [
        "<ada@example.org>", "Ada<ada@example.org>", "<http://example.org/?a=1&b=2>", "<mailto:ada@example.org>",
        "a<b", "c>d", "<b then c>", "if i<p and s>q", "List<B>", "Map<P>", "Set<a>", "<name>", "<your title>",
        "<title>", "<time>", "<link>", "</sarcasm>", "<g>", "<3", "<-", "->", "<<", "<!--", "<table of contents>",
        "&amp;", "<s", "p>", "<1>", "<20261128.1@mail.example>",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(WORDS | ODD_WORDS, BETWEEN_WORDS)))
def test_plain_text_stays_as_it_is(words: list[tuple[str, str]]) -> None:
    text = "".join(word + blank for word, blank in words)
    assert plain_text(text) == text


@given(
    st.lists(
        st.tuples(
            WORDS,
            st.sampled_from(ELEMENTS),
        ),
        min_size=1,
    )
)
def test_elements_vanish_and_their_words_stay(words: list[tuple[str, str]]) -> None:
    html = " ".join(f"<{name}>{word}</{name}>" for word, name in words)
    assert plain_text(html).split() == [word for word, _ in words]


@pytest.mark.parametrize("mark", ["@", "<", "<br ", "<b x", "<a@", "://", "</b", "<!--", " "])
def test_the_work_on_a_huge_body_is_bounded(mark: str) -> None:
    body = "<" + mark * (BODY_TEXT_INPUT_CHARACTERS // len(mark))
    assert plain_text(body) == body


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (" just text\n\n\tand  more \n", " just text\n\n\tand  more \n"),
        ("write to Ada <ada@example.org> today", "write to Ada <ada@example.org> today"),
        ("if a<b then c>d", "if a<b then c>d"),
        (
            "<p>write to Ada <ada@example.org>, see <https://example.org/?a=b></p>",
            "write to Ada <ada@example.org>, see <https://example.org/?a=b>",
        ),
        ("Hello<br>World", "Hello\nWorld"),
        ("see <a href='https://example.org'>this</a>", "see this"),
        ("<!DOCTYPE html><title>t</title>seen", "seen"),
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
