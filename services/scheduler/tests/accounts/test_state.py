"""The state machine of accounts, also as drawn in the documentation."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.events import AccountStatus
from mailtide_scheduler.accounts.state import TRANSITIONS, AccountTrigger, after, decision
from mailtide_scheduler.errors import RefusedError

DOCS = Path(__file__).parents[4] / "docs" / "accounts.md"
OBSERVED = (AccountTrigger.GRANT_WORKS, AccountTrigger.GRANT_DEAD)


@given(st.lists(st.sampled_from(OBSERVED)))
def test_no_observation_moves_what_an_operator_decided(observed: list[AccountTrigger]) -> None:
    """INV-25."""
    for decided in (AccountStatus.PAUSED, AccountStatus.REMOVED):
        status = decided
        for happening in observed:
            status = after(status, happening)
        assert status is decided
        assert decision(status) == decided


@given(st.sampled_from(AccountStatus), st.sampled_from(AccountTrigger))
def test_what_is_repeated_changes_nothing(status: AccountStatus, happening: AccountTrigger) -> None:
    if (status, happening) in TRANSITIONS:
        once = after(status, happening)
        if happening is not AccountTrigger.RESUME or once is not AccountStatus.PAUSED:
            assert after(once, happening) is once


@pytest.mark.parametrize("status", AccountStatus)
def test_connecting_always_helps(status: AccountStatus) -> None:
    assert after(status, AccountTrigger.CONNECT) is AccountStatus.ACTIVE


def test_what_makes_no_sense_is_refused() -> None:
    for status, happening in (
        (AccountStatus.INVALID, AccountTrigger.RESUME),
        (AccountStatus.REMOVED, AccountTrigger.RESUME),
        (AccountStatus.REMOVED, AccountTrigger.PAUSE),
    ):
        with pytest.raises(RefusedError, match="connect the mailbox again"):
            after(status, happening)


def test_the_docs_draw_every_transition() -> None:
    drawn = {line.strip() for line in DOCS.read_text("utf-8").splitlines() if "-->" in line}
    for (status, happening), follows in TRANSITIONS.items():
        if follows is not status:
            assert f"{status} --> {follows}: {happening}" in drawn
    real = {f"{s} --> {f}: {h}" for (s, h), f in TRANSITIONS.items()}
    assert {line for line in drawn if ": " in line} <= real
