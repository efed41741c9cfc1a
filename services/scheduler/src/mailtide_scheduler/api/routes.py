"""The internal API: each handler hands over to a use case."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import JSONResponse, Response

from mailtide_scheduler import limits

from . import account_routes, dead_letter_routes, webhook_routes
from .dependencies import Api, Limit, found, next_cursor

Wait = Annotated[float, Query(ge=0, le=limits.WAIT_MAX_SECONDS)]


def install(app: FastAPI, api: Api) -> None:
    """Add all routes; the app stands behind a `Door`."""
    for router in (
        _cron(api),
        _runs(api),
        account_routes.router(api),
        webhook_routes.router(api),
        dead_letter_routes.router(api),
    ):
        app.include_router(router)


def _cron(api: Api) -> APIRouter:
    router = APIRouter()

    @router.api_route("/api/cron/sync-emails", methods=["GET", "POST"])
    async def sync_emails(wait: Wait = limits.WAIT_DEFAULT_SECONDS) -> Response:
        run_id = await api.runs.start_or_join_cron()
        await api.runs.wait(run_id, wait)
        report = await api.runs.cron_report(run_id)
        return JSONResponse(report, HTTPStatus.ACCEPTED if report["pending"] else HTTPStatus.OK)

    return router


def _runs(api: Api) -> APIRouter:
    router = APIRouter(prefix="/api/runs")

    @router.get("")
    async def runs(limit: Limit = limits.PAGE_DEFAULT, cursor: UUID | None = None) -> Response:
        page = await api.runs.newest(limit, cursor)
        return JSONResponse({"runs": page, "next_cursor": next_cursor(page, limit, "run_id")})

    @router.get("/{run_id}")
    async def run(run_id: UUID) -> Response:
        return JSONResponse(found(await api.runs.report(run_id), "run"))

    return router
