"""The overview page: the state of all accounts, incidents, webhook destinations, dead letters and charts."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from mailtide_common.contracts.api.runs import StartedRun
from mailtide_common.contracts.health.stages import behind, missing_scheduler
from mailtide_console import limits
from mailtide_console.database import snapshot
from mailtide_console.layout.page import Page
from mailtide_console.layout.parts import Operator, With
from mailtide_console.layout.render import renderer
from mailtide_console.measurements.charts import Span, read_charts
from mailtide_console.measurements.store import get_last_measurement, list_stages
from mailtide_console.summary.verdict import sentence, tone

from .store import list_dead_letter_causes, list_destinations, list_open_incidents

PAGE = Page("Overview", "/", "overview")
router = APIRouter()


@router.get("/")
async def overview(request: Request, parts: With, hours: Span = Span.HOUR) -> Response:
    summary = await parts.summaries.get()
    async with snapshot(parts.pool) as connection:
        incidents = await list_open_incidents(connection)
        destinations = await list_destinations(connection)
        causes = await list_dead_letter_causes(connection, limits.CAUSES_SHOWN)
        charts = await read_charts(connection, hours)
        stages = behind(await list_stages(connection))
        scheduler = missing_scheduler(await get_last_measurement(connection), datetime.now(UTC))
    return renderer(request).page(
        request,
        "overview/overview.html",
        summary=summary,
        verdict=sentence(summary.tally),
        verdict_tone=tone(summary.tally),
        most=max(each.accounts for each in summary.freshness),
        incidents=incidents,
        destinations=destinations,
        causes=causes,
        charts=charts,
        stages=stages if scheduler is None else [scheduler, *stages],
        hours=hours,
    )


@router.post("/sync-all")
async def sync_all(request: Request, parts: With, operator: Operator) -> Response:
    """Start a cron run over all active accounts, and show it. If one is running already, show that one."""
    started = await parts.scheduler.call(StartedRun, "POST", "/api/runs", operator=operator)
    return renderer(request).back(f"/runs/{started.run_id}", "All active accounts are being synced.")
