"""What the settings of intervals mean."""

import pytest

from mailtide_scheduler.sync_intervals import DAY_SECONDS, SyncIntervals, start_date


def test_a_start_is_days_back_or_a_date() -> None:
    assert start_date("30", 100.5 * DAY_SECONDS) == int(100.5 * DAY_SECONDS) - 30 * DAY_SECONDS
    assert start_date("1970-01-03", 0.0) == 2 * DAY_SECONDS
    for nonsense in ("yesterday", "-3", "", "2026-13-01", "12.5"):
        with pytest.raises(ValueError, match=r".*"):
            start_date(nonsense, 0.0)
    assert SyncIntervals(1.0).start_date(0.0) is None
