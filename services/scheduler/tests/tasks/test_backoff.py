"""When something is due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_scheduler import limits
from mailtide_scheduler.tasks import backoff

draws = st.floats(0, 1, exclude_max=True)


@given(st.integers(0, 10_000), draws)
def test_a_failed_task_waits_no_longer_than_the_cap(attempts: int, draw: float) -> None:
    assert 0 <= backoff.failed_delay(attempts, draw) <= limits.FAILED_CAP_SECONDS


def test_back_off_grows_to_the_cap() -> None:
    ceilings = [backoff.failed_delay(attempts, 1.0) for attempts in range(12)]
    assert ceilings == sorted(ceilings)
    assert ceilings[0] == limits.FAILED_FIRST_SECONDS
    assert ceilings[-1] == limits.FAILED_CAP_SECONDS


@given(st.floats(-10, 1e9), draws)
def test_retry_after_is_never_undercut(seconds: float, draw: float) -> None:
    delay = backoff.throttled_delay(seconds, draw)
    assert delay >= min(max(seconds, 0), limits.MAX_THROTTLED_SECONDS)
    assert delay <= limits.MAX_THROTTLED_SECONDS * 1.1


def test_a_429_without_retry_after_waits_too() -> None:
    assert backoff.throttled_delay(None, 0.0) == limits.THROTTLED_SECONDS / 2


def test_a_message_is_asked_for_again_three_times() -> None:
    assert [backoff.not_found_delay(attempts) for attempts in range(5)] == [2.0, 10.0, 60.0, None, None]


@given(st.floats(1, 1e6), draws)
def test_turns_are_spread_by_a_tenth(interval: float, draw: float) -> None:
    assert interval * 0.9 <= backoff.next_turn(interval, draw) <= interval * 1.1


def test_a_run_tries_again_soon() -> None:
    assert [backoff.run_retry_delay(tries) for tries in (1, 2, 9)] == [0.5, 2.0, 2.0]


@pytest.mark.parametrize("attempts", [1, 2, 50])
def test_the_destination_is_tried_again_within_the_cap(attempts: int) -> None:
    assert 0 < backoff.ensure_delay(attempts, 0.99) <= limits.ENSURE_CAP_SECONDS
