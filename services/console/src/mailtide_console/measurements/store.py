"""Queries of measurements: the stages of the pipeline, their lag, and webhooks by duration."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.stages import STAGES
from mailtide_console.database import Connection, sql

_ORDER = {stage.group: number for number, stage in enumerate(STAGES)}


class Stage(PipelineStage):
    """A consumer group at its last measurement, with its service."""

    @property
    def service(self) -> str:
        """The service that consumes."""
        return self.group.removesuffix(f".{self.topic}")


class Bucket(NamedTuple):
    """Webhooks of a span of time that took at most `seconds`, and more than the bucket before."""

    at: datetime
    seconds: float
    webhooks: int


class Lag(NamedTuple):
    """The largest lag of a group in a span of time."""

    at: datetime
    group: str
    waiting: int
    lag_seconds: float
    processed: int
    """Records within the span."""


async def list_stages(connection: Connection) -> list[Stage]:
    """Return the groups as last measured, in the order of the flow."""
    rows = await connection.fetch(sql(__package__, "list_stages"))
    return sorted((Stage(**row) for row in rows), key=lambda each: _ORDER.get(each.group, len(_ORDER)))


async def list_buckets(connection: Connection, hours: int, step_seconds: int) -> list[Bucket]:
    """Return the histograms of webhooks, one for each span of `step_seconds` in which there were any."""
    rows = await connection.fetch(sql(__package__, "list_buckets"), hours, step_seconds)
    return [Bucket(*row) for row in rows]


async def list_lags(
    connection: Connection, hours: int, step_seconds: int, groups: Sequence[str]
) -> list[Lag]:
    """Return the lag of groups by span of `step_seconds`."""
    rows = await connection.fetch(sql(__package__, "list_lags"), hours, step_seconds, list(groups))
    return [Lag(*row) for row in rows]
