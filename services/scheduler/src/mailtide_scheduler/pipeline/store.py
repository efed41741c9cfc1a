"""Statements on the measurements of consumer groups, one function each."""

from collections.abc import Sequence

from mailtide_common.contracts.api.pipeline import PipelineStage
from mailtide_common.contracts.stages import place_of
from mailtide_common.contracts.times import in_datetime
from mailtide_common.runtime.kafka.group_lag import GroupLag
from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql

LOCK = 121_424_973_488_998
"""Number of the advisory lock of measurements."""


async def lock_pipeline_minute(connection: Connection) -> bool:
    """Claim this minute's measurement until the transaction ends.

    Return False if the measurement is stored already, or if another transaction holds the claim.
    """
    claimed: bool = await connection.fetchval(sql(__package__, "lock_pipeline_minute"), LOCK)
    return claimed


async def insert_pipeline_minute(connection: Connection, measured: Sequence[GroupLag]) -> None:
    await connection.execute(
        sql(__package__, "insert_pipeline_minute"),
        [each.stage.group for each in measured],
        [each.stage.topic.name for each in measured],
        [each.members for each in measured],
        [each.processed for each in measured],
        [each.written for each in measured],
        [each.waiting for each in measured],
        [in_datetime(each.oldest_at) for each in measured],
    )


async def prune_pipeline_minutes(connection: Connection) -> None:
    await connection.execute(sql(__package__, "prune_pipeline_minutes"), limits.PIPELINE_HOURS)


async def list_pipeline_stages(connection: Connection) -> list[PipelineStage]:
    """Return the consumer groups as last measured, in the order of the data flow.

    Groups that were not measured in the last 15 minutes are left out.
    """
    rows = await connection.fetch(sql(__package__, "list_pipeline_stages"))
    stages = [PipelineStage(**row) for row in rows]
    return sorted(stages, key=lambda each: place_of(each.group))


async def list_recent_measurements(connection: Connection) -> list[PipelineStage]:
    """Return the measurements of the last `PIPELINE_RECENT_SECONDS`, newest first.

    A group with members is left out while an incident `consumer-halted` about it is open.
    """
    rows = await connection.fetch(
        sql(__package__, "list_recent_measurements"), limits.PIPELINE_RECENT_SECONDS
    )
    return [PipelineStage(**row) for row in rows]
