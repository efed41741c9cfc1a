"""The scheduler's API, and its routes of cron, runs, status and documents."""

from importlib.metadata import version
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query, Request, Response, Security, status
from fastapi.security import HTTPBearer
from pydantic import SecretStr

from mailtide_common.contracts.api.doctor import DoctorReport
from mailtide_common.contracts.api.model import PAGE_DEFAULT
from mailtide_common.contracts.api.runs import CronReport, RunPage, RunReport, StartedRun
from mailtide_common.contracts.api.status import Status
from mailtide_common.contracts.asyncapi_document import document as topics_document
from mailtide_common.runtime.operators.recorded_route import RecordedRoute
from mailtide_common.runtime.web.bearer_auth import API, BearerAuth
from mailtide_common.runtime.web.lifecycle import Lifespan
from mailtide_common.runtime.web.openapi import ERRORS, Json, completed
from mailtide_scheduler import limits

from . import account_routes, dead_letter_routes, pipeline_routes, problems, webhook_routes
from .dependencies import Api, Limit, next_cursor
from .status import get_status
from .webhook_routes import destination_state

Wait = Annotated[
    float, Query(ge=0, le=limits.WAIT_MAX_SECONDS, description="Seconds to wait for the run's end.")
]

CRON = "/api/cron/"

cron = APIRouter(prefix="/api/cron", tags=["cron"])
runs = APIRouter(prefix="/api/runs", tags=["runs"], route_class=RecordedRoute)
system = APIRouter(prefix="/api", tags=["status"])
documents = APIRouter(prefix="/api", tags=["documents"])

CRON_SECRET = HTTPBearer(scheme_name="CRON_SECRET", auto_error=False)
ADMIN_TOKEN = HTTPBearer(scheme_name="ADMIN_TOKEN", auto_error=False)
"""`CRON_SECRET` and `ADMIN_TOKEN` only describe the tokens in the OpenAPI document. `BearerAuth` checks
tokens."""


def create_api(cron_secret: SecretStr, admin_token: SecretStr, lifespan: Lifespan | None = None) -> FastAPI:
    """Create the app. Routes that need `app.state.use_cases` answer 503 until it is set."""
    app = FastAPI(
        title="Mailtide scheduler",
        version=version("mailtide-scheduler"),
        responses=ERRORS,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(BearerAuth, tokens={CRON: cron_secret, API: admin_token})
    problems.install(app)
    app.include_router(cron, dependencies=[Security(CRON_SECRET)])
    for router in (
        system,
        runs,
        account_routes.router,
        webhook_routes.router,
        dead_letter_routes.router,
        pipeline_routes.router,
        documents,
    ):
        app.include_router(router, dependencies=[Security(ADMIN_TOKEN)])
    return app


def openapi(app: FastAPI) -> Json:
    return completed(app.openapi())


@cron.post("/sync-emails", operation_id="post_sync_emails", responses={202: {"model": CronReport}})
@cron.get("/sync-emails", responses={202: {"model": CronReport}})
async def sync_emails(api: Api, response: Response, wait: Wait = limits.WAIT_DEFAULT_SECONDS) -> CronReport:
    """Start a cron run over all active accounts, or join the running one.

    The answer is the run's report, after up to `wait` seconds. Its status is 202 if accounts are still
    pending.
    """
    run_id = await api.runs.start_or_join_cron()
    await api.runs.wait(run_id, wait)
    report = await api.runs.report(run_id)
    if report.pending:
        response.status_code = status.HTTP_202_ACCEPTED
    return report


@system.get("/status")
async def system_status(api: Api) -> Status:
    """Return the state of the whole system.

    The answer has up to 10 mailboxes that are not current and why, up to 10 open incidents, and what needs a
    person.
    """
    return await get_status(api.pool, destination_state(api))


@system.get("/doctor")
async def doctor(api: Api) -> DoctorReport:
    """Run the doctor's checks in the scheduler, for up to 15 seconds.

    They cover Kafka, Postgres, Nylas, the webhook secret, clocks, disk, PUBLIC_URL, accounts, lag,
    schedulers, incidents and notice channels.
    """
    return await api.doctor.examine()


@runs.get("")
async def list_runs(api: Api, limit: Limit = PAGE_DEFAULT, cursor: UUID | None = None) -> RunPage:
    """List runs, newest first."""
    page = await api.runs.newest(limit, cursor)
    return RunPage(runs=tuple(page), next_cursor=next_cursor([each.run_id for each in page], limit))


@runs.post("", status_code=status.HTTP_202_ACCEPTED)
async def sync_all(api: Api) -> StartedRun:
    """Start a cron run over all active accounts, or join the running one."""
    return StartedRun(run_id=await api.runs.start_or_join_cron())


@runs.get("/{run_id}")
async def run(api: Api, run_id: UUID) -> RunReport:
    """Return the report of a run, with each of its accounts."""
    return await api.runs.report(run_id)


@documents.get("/openapi.json")
async def openapi_document(request: Request) -> Json:
    """Return the OpenAPI document of this API."""
    return openapi(request.app)


@documents.get("/asyncapi.json")
async def asyncapi_document() -> Json:
    """Return the AsyncAPI document of Mailtide's topics."""
    return topics_document()
