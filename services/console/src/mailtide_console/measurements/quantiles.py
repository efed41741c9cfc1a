"""Quantiles of histograms. Pure."""

from collections.abc import Iterable, Sequence
from math import inf, isinf

from mailtide_common.runtime.metrics import WEBHOOK_BUCKETS

BOUNDS: tuple[float, ...] = (*WEBHOOK_BUCKETS, inf)

Histogram = Sequence[tuple[float, int]]
"""Buckets as upper bound and number of values, ordered by bound."""


def histogram(buckets: Iterable[tuple[float, int]]) -> Histogram:
    """Return the buckets summed by bound, in the order of their bounds.

    Empty buckets are included, because a bucket begins at the bound of the previous one.
    """
    numbers = dict.fromkeys(BOUNDS, 0)
    for bound, number in buckets:
        numbers[bound] = numbers.get(bound, 0) + number
    return sorted(numbers.items())


def quantile(share: float, values: Histogram) -> float | None:
    """Return a quantile of a histogram, or None if the histogram has no values.

    It is interpolated within its bucket. In the last bucket, which has no end, it is the lower bound.
    """
    total = sum(number for _, number in values)
    if not total:
        return None
    below, lower = 0, 0.0
    for upper, number in values:
        if number and below + number >= share * total:
            return lower if isinf(upper) else lower + (upper - lower) * (share * total - below) / number
        below, lower = below + number, upper
    return lower
