"""The charts of the last hour or day: latency of webhooks, throughput, lag."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from mailtide_common.contracts.stages import Stage
from mailtide_common.contracts.topics import MESSAGES, NOTIFICATIONS
from mailtide_console.database import Connection

from .quantiles import histogram, quantile
from .store import Bucket, Lag, list_buckets, list_lags

WORKER = Stage("sync-worker", NOTIFICATIONS).group
PERSISTER = Stage("persister", MESSAGES).group

MINUTE = 60
"""Seconds; also the time between two measurements."""

QUANTILES = ((0.5, "p50", "--ok"), (0.95, "p95", "--warn"), (0.99, "p99", "--bad"))


class Span(IntEnum):
    """Time span of charts, in hours."""

    HOUR = 1
    DAY = 24

    @property
    def step(self) -> int:
        """Seconds between two points."""
        return 60 if self is Span.HOUR else 900


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart. Its values are None where nothing was measured."""

    label: str
    color: str
    values: tuple[float | None, ...]

    @property
    def last(self) -> float | None:
        """The newest value; None if nothing was measured."""
        return next((value for value in reversed(self.values) if value is not None), None)

    @property
    def highest(self) -> float | None:
        """The largest value; None if nothing was measured."""
        return max((value for value in self.values if value is not None), default=None)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, for the macro `chart` of `layout/charts.html`."""

    title: str
    unit: str
    times: tuple[int, ...]
    """Unix seconds, one for each point."""
    lines: tuple[Line, ...]

    @property
    def empty(self) -> bool:
        return all(line.last is None for line in self.lines)

    @property
    def data(self) -> str:
        """The chart as JSON for `console.js`."""
        series = [
            {"label": line.label, "color": line.color, "values": [_short(value) for value in line.values]}
            for line in self.lines
        ]
        return json.dumps({"unit": self.unit, "times": self.times, "series": series})


async def read_charts(connection: Connection, span: Span) -> tuple[Chart, ...]:
    """Read the measurements, and return the charts of a span that ends now."""
    buckets = await list_buckets(connection, span, span.step)
    lags = await list_lags(connection, span, span.step, [WORKER, PERSISTER])
    return charts(buckets, lags, span, datetime.now(UTC))


def charts(buckets: Iterable[Bucket], lags: Iterable[Lag], span: Span, now: datetime) -> tuple[Chart, ...]:
    """Return the charts of a span that ends `now`, from measurements that were read for this span. Pure.

    The newest point has what was measured since the step began; its rates are those of this shorter time.
    """
    end = int(now.timestamp()) // span.step * span.step
    begun = max(MINUTE, int(now.timestamp()) - end)
    times = tuple(range(end - span * 3_600 + span.step, end + 1, span.step))
    webhooks: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for bucket in buckets:
        webhooks[int(bucket.at.timestamp())].append((bucket.seconds, bucket.webhooks))
    groups: dict[str, dict[int, Lag]] = defaultdict(dict)
    for lag in lags:
        groups[lag.group][int(lag.at.timestamp())] = lag
    measured = {at for by_time in groups.values() for at in by_time} | webhooks.keys()

    def of_group(group: str, value: Callable[[Lag], float]) -> tuple[float | None, ...]:
        return _values(times, {at: value(lag) for at, lag in groups[group].items()})

    def per_minute(at: int, number: int) -> float:
        return number * MINUTE / (begun if at == end else span.step)

    arrived = {at: per_minute(at, sum(number for _, number in webhooks.get(at, ()))) for at in measured}
    stored = of_group(PERSISTER, lambda lag: per_minute(int(lag.at.timestamp()), lag.processed))
    return (
        Chart("Webhook to row", "s", times, tuple(_quantiles(times, webhooks))),
        Chart(
            "Throughput",
            "per minute",
            times,
            (
                Line("webhooks stored", "--accent", _values(times, arrived)),
                Line("message records applied", "--wait", stored),
            ),
        ),
        Chart(
            "Age of the oldest waiting record",
            "s",
            times,
            (
                Line("notifications, by workers", "--accent", of_group(WORKER, lambda lag: lag.lag_seconds)),
                Line("messages, by persisters", "--wait", of_group(PERSISTER, lambda lag: lag.lag_seconds)),
            ),
        ),
    )


def _quantiles(times: Sequence[int], webhooks: Mapping[int, list[tuple[float, int]]]) -> Iterable[Line]:
    histograms = {at: histogram(buckets) for at, buckets in webhooks.items()}
    for share, label, color in QUANTILES:
        yield Line(
            label, color, _values(times, {at: quantile(share, each) for at, each in histograms.items()})
        )


def _values(times: Iterable[int], found: Mapping[int, float | None]) -> tuple[float | None, ...]:
    return tuple(found.get(at) for at in times)


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.3g}")
