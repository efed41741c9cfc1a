"""Minutes of the pipeline, on a real Postgres."""

import asyncio
from dataclasses import replace

from mailtide_common.contracts.stages import STAGES
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.group_lag import GroupLag
from mailtide_harness.scheduler import Harness
from mailtide_scheduler.database import connected
from mailtide_scheduler.pipeline.recorder import PipelineRecorder
from mailtide_scheduler.pipeline.store import list_pipeline_stages


async def test_one_of_many_schedulers_measures_a_minute_and_rates_are_differences(harness: Harness) -> None:
    measured = [GroupLag(stage, 1, 100, 130, 30, UnixMicros(now_us() - 9_000_000)) for stage in STAGES]

    async def measure() -> list[GroupLag]:
        await asyncio.sleep(0)
        return measured

    recorders = [PipelineRecorder(harness.pool, measure) for _ in range(3)]
    assert sorted(await asyncio.gather(*(each.record() for each in recorders)))[:2] == [False, False]
    await harness.pool.execute(
        "UPDATE pipeline_minutes SET minute = minute - interval '2 minutes',"
        " measured_at = measured_at - interval '2 minutes'"
    )
    measured = [replace(each, processed=220, written=370) for each in measured]
    assert await recorders[0].record()
    async with connected(harness.pool) as connection:
        stages = await list_pipeline_stages(connection)
    assert [each.group for each in stages] == [stage.group for stage in STAGES]
    first = stages[0]
    assert first.processed_per_second is not None
    assert first.written_per_second is not None
    assert first.lag_seconds is not None
    assert (round(first.processed_per_second), round(first.written_per_second)) == (1, 2)
    assert 9 <= first.lag_seconds < 60


async def test_old_minutes_are_deleted(harness: Harness) -> None:
    async def measure() -> list[GroupLag]:
        return [GroupLag(STAGES[0], 0, 0, 0, 0, None)]

    recorder = PipelineRecorder(harness.pool, measure)
    await recorder.record()
    await harness.pool.execute("UPDATE pipeline_minutes SET minute = minute - interval '73 hours'")
    await recorder.record()
    assert await harness.pool.fetchval("SELECT count(*) FROM pipeline_minutes") == 1
