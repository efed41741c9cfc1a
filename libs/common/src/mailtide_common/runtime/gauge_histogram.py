"""A distribution of how things are now, such as the ages of all accounts.

A Prometheus histogram counts events and only grows. Here each measurement replaces the one before. In the text format
prometheus_client 0.26 serves it as type `histogram` with `_bucket` series (seen in its output), so `histogram_quantile`
works on it, without `rate`.
"""

from collections.abc import Iterable, Sequence

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeHistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class GaugeHistogram(Collector):
    """A histogram that is measured as a whole."""

    def __init__(
        self,
        name: str,
        documentation: str,
        *,
        buckets: Sequence[float],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        """Register it; it has no values before the first `set`.

        Args:
            name: with its unit.
            documentation: what is distributed.
            buckets: upper bounds, ascending, without infinity.
            registry: where it is served.
        """
        self._name = name
        self._documentation = documentation
        self.buckets = tuple(float(bucket) for bucket in buckets)
        self._measured: tuple[list[tuple[str, float]], float] | None = None
        registry.register(self)

    def set(self, counts: Sequence[int], total: float) -> None:
        """Replace the measurement.

        Args:
            counts: of each bucket by itself, the last one above all bounds.
            total: the sum of all values.
        """
        bounds = [*map(floatToGoString, self.buckets), "+Inf"]
        sums = [float(sum(counts[: number + 1])) for number in range(len(bounds))]
        self._measured = (list(zip(bounds, sums, strict=True)), total)

    def collect(self) -> Iterable[GaugeHistogramMetricFamily]:
        """Return the present measurement."""
        buckets, total = self._measured or (None, None)
        yield GaugeHistogramMetricFamily(self._name, self._documentation, buckets=buckets, gsum_value=total)
