"""Text from senders is shown as plain text."""

from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.events import AlertKind
from mailtide_notifier import limits
from mailtide_notifier.outbox.words import PHRASES, shown, shown_command


def test_every_kind_of_incident_has_words() -> None:
    assert PHRASES.keys() == set(AlertKind)


def test_marks_that_chat_services_obey_do_nothing() -> None:
    assert shown("<!channel> @everyone\r\nBcc: x\u202e@Here a@here.example") == (
        "(!channel) @\u200beveryone Bcc: x @\u200bHere a@\u200bhere.example"
    )
    assert shown(None) == ""


def test_a_command_can_be_copied() -> None:
    command = f"mailtide accounts show {'a' * limits.MAX_SHOWN}@here.example"
    assert shown_command(f"{command}\n") == command


@given(st.text())
def test_a_text_becomes_one_bounded_line(text: str) -> None:
    line = shown(text)
    assert len(line.replace("\u200b", "")) <= limits.MAX_SHOWN
    assert line.isprintable() or "\u200b" in line or not line.isascii()
    assert "\n" not in line
    assert "<" not in line
