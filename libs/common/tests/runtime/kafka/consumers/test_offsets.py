"""Commits never pass unfinished work."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.runtime.kafka.consumers.offsets import OffsetTracker


@given(st.lists(st.integers(0, 500), unique=True, min_size=1, max_size=30).map(sorted), st.randoms())
def test_the_commit_is_always_right_below_the_first_unfinished_record(
    offsets: list[int], random: Random
) -> None:
    """INV-2."""
    tracker = OffsetTracker()
    for offset in offsets:
        tracker.start(offset)
    order = offsets[:]
    random.shuffle(order)
    unfinished = set(offsets)
    committed = 0
    for offset in order:
        tracker.finish(offset)
        unfinished.discard(offset)
        taken = tracker.take_commit()
        if taken is not None and random.random() < 0.3:  # Kafka refuses the commit
            tracker.put_back(taken)
            continue
        committed = taken or committed
        below = [o for o in offsets if o < min(unfinished, default=501)]
        assert committed == (below[-1] + 1 if below else 0)
    assert tracker.in_flight == 0
    assert (tracker.take_commit() or committed) == offsets[-1] + 1
    assert tracker.take_commit() is None
