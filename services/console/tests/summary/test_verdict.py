"""The verdict says how many mailboxes are current, and what the others need."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.health.conditions import Condition
from mailtide_console.summary.verdict import GONE, sentence, tally, tone

C = Condition


@pytest.mark.parametrize(
    ("counts", "said", "shown"),
    [
        ({}, "No mailbox is connected yet.", "off"),
        ({C.REMOVED: 3}, "No mailbox is connected yet.", "off"),
        ({C.CURRENT: 1}, "The mailbox is current.", "ok"),
        ({C.CURRENT: 1_200, C.UNPROVEN: 34}, "All 1,234 mailboxes are current.", "ok"),
        ({C.CURRENT: 142, C.GRANT_INVALID: 1}, "142 of 143 mailboxes current; 1 needs a person.", "bad"),
        ({C.CURRENT: 2, C.THROTTLED: 1}, "2 of 3 mailboxes current; 1 catches up by itself.", "warn"),
        ({C.BACKFILLING: 2}, "0 of 2 mailboxes current; 2 download old mail.", "wait"),
        ({C.PAUSED: 2}, "No mailbox is active; 2 paused.", "ok"),
    ],
)
def test_the_sentence_says_what_the_mailboxes_need(
    counts: dict[Condition, int], said: str, shown: str
) -> None:
    assert sentence(tally(counts)) == said
    assert tone(tally(counts)) == shown


@given(st.dictionaries(st.sampled_from(Condition), st.integers(0, 1_000)))
def test_every_connected_mailbox_is_counted_once(counts: dict[Condition, int]) -> None:
    connected = Counter(counts)
    for gone in GONE:
        del connected[gone]
    assert tally(counts).total == connected.total()
