"""Quantiles from buckets."""

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from mailtide_console.measurements.quantiles import BOUNDS, histogram, quantile

SECONDS = st.floats(0, 3_600)


@given(st.lists(SECONDS, min_size=1), st.sampled_from((0.01, 0.5, 0.95, 0.99, 1.0)))
def test_a_quantile_is_in_the_bucket_of_the_true_one(seconds: list[float], share: float) -> None:
    values = histogram((BOUNDS[bisect_left(BOUNDS, each)], 1) for each in seconds)
    true = sorted(seconds)[max(0, -(-int(share * len(seconds) * 1e6) // 1_000_000) - 1)]
    found = quantile(share, values)
    assert found is not None
    number = bisect_left(BOUNDS, true)
    assert (BOUNDS[number - 1] if number else 0) <= found <= BOUNDS[number]


def test_nothing_has_no_quantile() -> None:
    assert quantile(0.5, histogram([])) is None
    assert quantile(0.5, histogram([(BOUNDS[-1], 1)])) == BOUNDS[-2]
