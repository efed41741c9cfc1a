"""The rates of charts count the time that was measured."""

from datetime import UTC, datetime, timedelta

import pytest

from mailtide_console.measurements.charts import PERSISTER, Span, charts
from mailtide_console.measurements.store import Bucket, Lag

STEP = datetime(2026, 11, 28, 12, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "seconds", "newest"),
    [(Span.DAY, 2, 100), (Span.DAY, 120, 50), (Span.DAY, 899, 100 * 60 / 899), (Span.HOUR, 30, 100)],
)
def test_the_newest_rate_is_that_of_the_time_since_its_step_began(
    span: Span, seconds: int, newest: float
) -> None:
    earlier = STEP - timedelta(seconds=span.step)
    buckets = [Bucket(at, 0.5, 100) for at in (earlier, STEP)]
    lags = [Lag(at, PERSISTER, 0, 0.0, 100) for at in (earlier, STEP)]
    _, throughput, _ = charts(buckets, lags, span, STEP + timedelta(seconds=seconds))
    for line in throughput.lines:
        assert line.values[-2] == pytest.approx(100 * 60 / span.step)
        assert line.values[-1] == pytest.approx(newest)
