"""Delays between attempts."""

from hypothesis import given
from hypothesis import strategies as st

from mailtide_scheduler.tasks import delays

draws = st.floats(0, 1, exclude_max=True)


@given(st.floats(-10, 1e9), draws)
def test_retry_after_is_never_undercut(seconds: float, draw: float) -> None:
    delay = delays.throttled_delay(seconds, draw)
    assert delay >= min(max(seconds, 0), delays.MAX_THROTTLED_SECONDS)
    assert delay <= delays.MAX_THROTTLED_SECONDS * 1.1


def test_a_429_without_retry_after_waits_too() -> None:
    assert delays.throttled_delay(None, 0.0) == delays.THROTTLED_SECONDS / 2


def test_a_message_is_asked_for_again_three_times() -> None:
    assert [delays.not_found_delay(attempts) for attempts in range(5)] == [2.0, 10.0, 60.0, None, None]


@given(st.floats(1, 1e6), draws)
def test_turns_are_spread_by_a_tenth(interval: float, draw: float) -> None:
    assert interval * 0.9 <= delays.spread_interval(interval, draw) <= interval * 1.1


def test_a_run_tries_again_soon() -> None:
    assert [delays.run_retry_delay(tries) for tries in (1, 2, 9)] == [0.5, 2.0, 2.0]
