"""The progress of a listing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.progress import Listing, fraction, progress, seconds_left
from mailtide_common.contracts.times import UnixSeconds


def listing(
    watermark: int | None, until: int | None, oldest: int | None, start_date: int | None, busy_seconds: float
) -> Listing:
    def date(seconds: int | None) -> UnixSeconds | None:
        return None if seconds is None else UnixSeconds(seconds)

    return Listing(date(watermark), date(until), date(oldest), date(start_date), busy_seconds)


@given(
    span=st.integers(10_000, 10**9),
    tenths=st.floats(0.1, 1.0),
    total=st.floats(1, 1e6),
    noise=st.floats(0.9, 1.1),
)
def test_after_a_tenth_the_estimate_is_within_a_quarter(
    span: int, tenths: float, total: float, noise: float
) -> None:
    """A uniform mailbox, whose pages take about equally long."""
    now = 1_700_000_000
    done = listing(now, now - int(span * tenths), now - span, None, total * tenths * noise)
    left = seconds_left(done)
    assert left is not None
    assert left == pytest.approx(total * (1 - tenths), rel=0.25, abs=total * 0.005)


@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=20))
def test_the_fraction_only_grows_while_the_listing_goes_back(slices: list[int]) -> None:
    shares = [fraction(listing(1_000, until, 0, None, 1.0)) or 0 for until in sorted(slices, reverse=True)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize(
    "listing",
    [
        listing(None, 5, 0, None, 1.0),
        listing(10, None, 0, None, 1.0),
        listing(10, 5, None, None, 1.0),
        listing(10, 5, 10, None, 1.0),
        listing(10, 10, 0, None, 1.0),
    ],
)
def test_what_cannot_be_told_is_not_guessed(listing: Listing) -> None:
    assert seconds_left(listing) is None
    assert progress(listing, running=False).seconds_left is None


def test_a_start_date_is_the_end_of_the_work() -> None:
    assert fraction(listing(1_000, 750, 0, 500, 1.0)) == 0.5
    assert fraction(listing(1_000, 750, 500, 0, 1.0)) == 0.5
