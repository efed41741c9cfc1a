"""Delays between attempts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_nylas import MAX_RETRY_AFTER_SECONDS
from mailtide_nylas.decoding.parsing import retry_after_seconds
from mailtide_scheduler.tasks import delays

draws = st.floats(0, 1, exclude_max=True)


@given(st.floats(-10, 1e9), draws)
def test_retry_after_is_never_undercut(seconds: float, draw: float) -> None:
    delay = delays.throttled_delay(seconds, draw)
    assert delay >= min(max(seconds, 0), MAX_RETRY_AFTER_SECONDS)
    assert delay <= MAX_RETRY_AFTER_SECONDS * 1.1


@given(st.integers(0, 10**6), draws)
def test_the_scheduler_obeys_every_retry_after_that_a_worker_reports(seconds: int, draw: float) -> None:
    reported = retry_after_seconds(str(seconds))
    assert reported is not None
    assert delays.throttled_delay(reported, draw) >= reported


def test_a_429_without_retry_after_waits_too() -> None:
    assert delays.throttled_delay(None, 0.0) == delays.THROTTLED_SECONDS / 2


def test_a_message_is_asked_for_again_three_times() -> None:
    assert [delays.not_found_delay(attempts) for attempts in range(5)] == [2.0, 10.0, 60.0, None, None]


@given(st.floats(1, 1e6), draws)
def test_turns_are_spread_by_a_tenth(interval: float, draw: float) -> None:
    least, more = delays.spread(interval)
    assert interval * 0.9 <= least <= delays.spread_interval(interval, draw) <= least + more
    assert least + more == pytest.approx(interval * 1.1)


def test_a_run_tries_again_soon() -> None:
    assert [delays.run_retry_delay(tries) for tries in (1, 2, 9)] == [0.5, 2.0, 2.0]
