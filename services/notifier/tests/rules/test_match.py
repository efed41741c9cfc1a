"""Which mail a rule makes important."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.api.rules import Conditions
from mailtide_common.contracts.events import Address, Attachment
from mailtide_harness.notifier import content
from mailtide_notifier.rules.match import Content, State, content_matches, content_of, role_of, state_matches

ACCOUNT = UUID(int=1)
INVOICE = Content(
    ("ann@example.com",), ("me@example.com", "cc@example.org"), "Ann", "Re: Invoice, overdue", True
)
STARRED = State(1, starred=True, folders=("in",))


@pytest.mark.parametrize(
    ("conditions", "matches"),
    [
        ({}, True),
        ({"senders": ["ann@example.com"]}, True),
        ({"senders": ["ANN@EXAMPLE.COM"]}, True),
        ({"senders": ["*@example.com", "x@y"]}, True),
        ({"senders": ["example.com"]}, False),
        ({"senders": ["ann@example.co?"]}, False),
        ({"senders": ["[a]nn@example.com"]}, False),
        ({"recipients": ["cc@*"]}, True),
        ({"recipients": ["ann@example.com"]}, False),
        ({"subject_words": ["invoice"]}, True),
        ({"subject_words": ["voice"]}, False),
        ({"subject_words": ["invoice, OVERDUE"]}, True),
        ({"has_attachment": True}, True),
        ({"has_attachment": False}, False),
        ({"accounts": [ACCOUNT]}, True),
        ({"accounts": [UUID(int=2)]}, False),
        ({"senders": ["ann@example.com"], "subject_words": ["lottery"]}, False),
    ],
)
def test_content_must_meet_every_condition_by_one_of_its_values(
    conditions: dict[str, Any], matches: bool
) -> None:
    assert content_matches(Conditions(**conditions), ACCOUNT, INVOICE) is matches


@pytest.mark.parametrize(
    ("conditions", "roles", "matches"),
    [
        ({}, {"inbox"}, True),
        ({}, set(), False),
        ({}, {"inbox", "sent"}, False),
        ({"folder_roles": []}, set(), True),
        ({"folder_roles": []}, {"drafts"}, False),
        ({"folder_roles": ["\\Sent"]}, {"sent"}, True),
        ({"starred": True}, {"inbox"}, True),
        ({"starred": False}, {"inbox"}, False),
    ],
)
def test_folders_and_the_star_decide_too(conditions: dict[str, Any], roles: set[str], matches: bool) -> None:
    assert state_matches(Conditions(**conditions), STARRED, roles) is matches


def test_an_inline_picture_is_no_attachment_and_nul_is_dropped() -> None:
    event = content(
        subject="a\x00b",
        from_=(Address(name="\x00Ann"), Address(email="A@B")),
        attachments=(Attachment(id="1", is_inline=True),),
    )
    found = content_of(event)
    assert (found.subject, found.sender, found.senders, found.has_attachment) == (
        "ab",
        "Ann",
        ("a@b",),
        False,
    )


def test_roles_are_compared_without_backslash_and_case() -> None:
    assert role_of("\\Inbox") == role_of("INBOX") == "inbox"


@given(st.text(max_size=30), st.text(max_size=60))
def test_no_pattern_or_word_breaks_the_matching(pattern: str, text: str) -> None:
    conditions = Conditions.model_construct(
        senders=(pattern,), recipients=(), subject_words=(pattern,), accounts=(), has_attachment=None
    )
    odd = Content((text.casefold(),), (), text, text, has_attachment=False)
    assert content_matches(conditions, ACCOUNT, odd) in {True, False}
