"""Queries for measurements: the stages of the pipeline, their lag, and webhooks by duration."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.stages import place_of
from mailtide_console.database import Connection, sql


class Bucket(NamedTuple):
    """Webhooks of the span from `at` that took at most `seconds`, but more than the next smaller bound.

    The bounds are `quantiles.BOUNDS`.
    """

    at: datetime
    seconds: float
    webhooks: int


class Lag(NamedTuple):
    """The largest lag of a consumer group in the span from `at`, and how many records it processed."""

    at: datetime
    group: str
    waiting: int
    lag_seconds: float
    processed: int


async def list_stages(connection: Connection) -> list[PipelineStage]:
    """List the consumer groups as last measured, in the order of the data's path.

    Groups that were not measured in the last 15 minutes are left out.
    """
    rows = await connection.fetch(sql(__package__, "list_stages"))
    return sorted((PipelineStage(**row) for row in rows), key=lambda each: place_of(each.group))


async def get_last_measurement(connection: Connection) -> datetime | None:
    measured_at: datetime | None = await connection.fetchval(sql(__package__, "get_last_measurement"))
    return measured_at


async def list_buckets(connection: Connection, hours: int, step_seconds: int) -> list[Bucket]:
    """List the buckets of webhook durations in the last `hours`, for each span of `step_seconds`.

    Empty buckets are left out.
    """
    rows = await connection.fetch(sql(__package__, "list_buckets"), hours, step_seconds)
    return [Bucket(*row) for row in rows]


async def list_lags(
    connection: Connection, hours: int, step_seconds: int, groups: Sequence[str]
) -> list[Lag]:
    """List the lag and processed records of groups in the last `hours`, for each span of `step_seconds`."""
    rows = await connection.fetch(sql(__package__, "list_lags"), hours, step_seconds, list(groups))
    return [Lag(*row) for row in rows]
