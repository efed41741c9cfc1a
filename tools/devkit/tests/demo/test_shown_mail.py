"""Strangers' subjects are printed on one line that cannot control the terminal."""

from mailtide_devkit.demo.shown_mail import WIDTH, clean


def test_controls_are_blanked_and_long_texts_cut() -> None:
    assert clean("a\x1b[2Jb\r\nc\u202ed") == "a [2Jb  c d"
    assert clean("会議" * WIDTH) == ("会議" * WIDTH)[: WIDTH - 1] + "…"
    assert clean("short") == "short"
