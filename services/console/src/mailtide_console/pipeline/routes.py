"""The page of the pipeline."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from mailtide_console.database import snapshot
from mailtide_console.layout.page import Page
from mailtide_console.layout.parts import With
from mailtide_console.layout.render import renderer
from mailtide_console.measurements.charts import Span, read_charts
from mailtide_console.measurements.store import list_stages

from .verdict import tone, verdict

PAGE = Page("Pipeline", "/pipeline", "pipeline")
router = APIRouter()


@router.get("/pipeline")
async def pipeline(request: Request, parts: With, hours: Span = Span.HOUR) -> Response:
    async with snapshot(parts.pool) as connection:
        stages = await list_stages(connection)
        charts = await read_charts(connection, hours)
    return renderer(request).page(
        request,
        "pipeline/pipeline.html",
        stages=stages,
        charts=charts,
        hours=hours,
        verdict=verdict(stages),
        tone=tone,
    )
