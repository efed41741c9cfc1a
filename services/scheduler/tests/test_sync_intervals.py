"""What the settings of intervals mean."""

import pytest
from pydantic import ValidationError

from mailtide_scheduler.settings import TickSettings
from mailtide_scheduler.sync_intervals import DAY_SECONDS, SyncIntervals, start_date


def test_a_start_is_days_back_or_a_date() -> None:
    assert start_date("30", 100.5 * DAY_SECONDS) == int(100.5 * DAY_SECONDS) - 30 * DAY_SECONDS
    assert start_date("1970-01-03", 0.0) == 2 * DAY_SECONDS
    for nonsense in ("yesterday", "-3", "", "2026-13-01", "12.5"):
        with pytest.raises(ValueError, match=r".*"):
            start_date(nonsense, 0.0)
    assert SyncIntervals(1.0).start_date(0.0) is None


@pytest.mark.parametrize(
    "name",
    [
        "mailtide_window_short",
        "mailtide_window_medium",
        "mailtide_window_medium_interval",
        "mailtide_window_long",
        "mailtide_window_long_interval",
        "mailtide_audit_interval",
        "mailtide_recheck_interval",
    ],
)
@pytest.mark.parametrize("seconds", ["inf", "99999999999999"])
def test_what_postgres_cannot_compute_with_is_refused(name: str, seconds: str) -> None:
    """It would stop the scheduler at a pass."""
    settings = {"database_url": "postgresql://u@h/d", "kafka_bootstrap_servers": "h:1", name: seconds}
    with pytest.raises(ValidationError, match=name):
        TickSettings.model_validate(settings)
