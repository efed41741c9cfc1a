"""The route that shows how far behind each consumer group is."""

from fastapi import APIRouter

from mailtide_common.contracts.api.pipeline import Pipeline
from mailtide_scheduler.database import connected
from mailtide_scheduler.pipeline.store import list_pipeline_stages

from .dependencies import Api

router = APIRouter(prefix="/api/pipeline", tags=["pipeline"])


@router.get("", operation_id="get_pipeline")
async def pipeline(api: Api) -> Pipeline:
    """Return the last measurement of each consumer group: its lag in records and seconds, rates and members.

    Groups that were not measured in the last 15 minutes are left out.
    """
    async with connected(api.pool) as connection:
        return Pipeline(stages=tuple(await list_pipeline_stages(connection)))
