"""A Prometheus metric for a current distribution, such as the ages of all accounts.

The counts of a Prometheus histogram only grow. In this metric, each measurement replaces the previous one.

prometheus_client 0.26 serves the metric as type `histogram` with `_bucket` series (seen in its output).
Queries use `histogram_quantile` without `rate`.
"""

from collections.abc import Iterable, Sequence

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeHistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class GaugeHistogram(Collector):
    """A histogram of current values."""

    def __init__(self, name: str, documentation: str, *, buckets: Sequence[float]) -> None:
        """Create and register the metric. It has no values before the first `set`.

        Args:
            name: the metric's name, which ends in its unit.
            documentation: the metric's help text.
            buckets: upper bounds of the buckets, in ascending order, without infinity.
        """
        self._name = name
        self._documentation = documentation
        self.buckets = tuple(float(bucket) for bucket in buckets)
        self._measured: tuple[list[tuple[str, float]], float] | None = None
        REGISTRY.register(self)

    def set(self, counts: Sequence[int], total: float) -> None:
        """Replace the measurement.

        Args:
            counts: number of values in each bucket, not cumulative. The last number counts values above all
                bounds.
            total: the sum of all values.
        """
        bounds = [*map(floatToGoString, self.buckets), "+Inf"]
        sums = [float(sum(counts[: number + 1])) for number in range(len(bounds))]
        self._measured = (list(zip(bounds, sums, strict=True)), total)

    def collect(self) -> Iterable[GaugeHistogramMetricFamily]:
        """Yield the metric with its last measurement. Before the first `set`, the metric has no samples."""
        buckets, total = self._measured or (None, None)
        yield GaugeHistogramMetricFamily(self._name, self._documentation, buckets=buckets, gsum_value=total)
