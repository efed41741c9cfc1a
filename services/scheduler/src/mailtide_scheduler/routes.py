"""The internal API: each handler hands over to a use case."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, SecretStr
from starlette.exceptions import HTTPException

from . import limits
from .database import connected
from .guard import require
from .keep_webhook import WebhookKeeper
from .report import iso
from .runs import InactiveAccountError, Runs, UnknownAccountError
from .views import list_accounts, list_dead_letters
from .webhook_store import list_destinations

Limit = Annotated[int, Query(ge=1, le=limits.PAGE_MAX)]
Wait = Annotated[float, Query(ge=0, le=limits.WAIT_MAX_SECONDS)]


@dataclass(frozen=True, slots=True)
class Api:
    """What the routes work with."""

    pool: asyncpg.Pool
    runs: Runs
    keeper: WebhookKeeper
    webhook_url: str


class SyncWish(BaseModel):
    """Body of a manual sync: what is new, or the mailbox from its beginning."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["delta", "full"] = "delta"


def install(app: FastAPI, api: Api, *, cron_secret: SecretStr, admin_token: SecretStr) -> None:
    """Add all routes; every one has a guard."""
    app.include_router(_cron(api, cron_secret))
    for router in (_runs(api), _accounts(api), _webhooks(api), _dead_letters(api)):
        app.include_router(router, dependencies=[Depends(require(admin_token))])


def _cron(api: Api, secret: SecretStr) -> APIRouter:
    router = APIRouter(dependencies=[Depends(require(secret))])

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
        found = await api.runs.newest(limit, cursor)
        return JSONResponse({"runs": found, "next_cursor": _next(found, limit, "run_id")})

    @router.get("/{run_id}")
    async def run(run_id: UUID) -> Response:
        return JSONResponse(_found(await api.runs.report(run_id), "run"))

    return router


def _accounts(api: Api) -> APIRouter:
    router = APIRouter(prefix="/api/accounts")

    @router.get("")
    async def accounts(limit: Limit = limits.PAGE_DEFAULT, cursor: UUID | None = None) -> Response:
        async with connected(api.pool) as connection:
            found = await list_accounts(connection, limit, cursor)
        return JSONResponse({"accounts": found, "next_cursor": _next(found, limit, "id")})

    @router.get("/{account_id}")
    async def account(account_id: UUID) -> Response:
        async with connected(api.pool) as connection:
            found = await list_accounts(connection, 1, only=account_id)
        return JSONResponse(_found(found[0] if found else None, "account"))

    @router.post("/{account_id}/sync")
    async def sync(account_id: UUID, wish: SyncWish) -> Response:
        try:
            run_id = await api.runs.start_manual(account_id, whole=wish.mode == "full")
        except UnknownAccountError:
            raise HTTPException(HTTPStatus.NOT_FOUND, "no such account") from None
        except InactiveAccountError as status:
            raise HTTPException(HTTPStatus.CONFLICT, f"the account is {status}") from None
        return JSONResponse({"run_id": str(run_id)}, HTTPStatus.ACCEPTED)

    return router


def _webhooks(api: Api) -> APIRouter:
    router = APIRouter(prefix="/api/webhooks")

    @router.get("")
    async def webhooks() -> Response:
        return JSONResponse(await _webhook_status(api))

    @router.post("/ensure")
    async def ensure() -> Response:
        if not api.keeper.managed:
            raise HTTPException(HTTPStatus.CONFLICT, "MAILTIDE_MANAGE_WEBHOOKS is false")
        state = await api.keeper.ensure()
        if state.error is not None:
            raise HTTPException(HTTPStatus.BAD_GATEWAY, state.error)
        return JSONResponse(await _webhook_status(api))

    return router


def _dead_letters(api: Api) -> APIRouter:
    router = APIRouter(prefix="/api/dead-letters")

    @router.get("")
    async def dead_letters(limit: Limit = limits.PAGE_DEFAULT, cursor: UUID | None = None) -> Response:
        async with connected(api.pool) as connection:
            found = await list_dead_letters(connection, limit, cursor)
        return JSONResponse({"dead_letters": found, "next_cursor": _next(found, limit, "id")})

    return router


async def _webhook_status(api: Api) -> dict[str, Any]:
    async with connected(api.pool) as connection:
        destinations = await list_destinations(connection)
    return {
        "url": api.webhook_url,
        "managed": api.keeper.managed,
        "destination_id": api.keeper.state.destination_id,
        "error": api.keeper.state.error,
        "failures": api.keeper.state.failures,
        "destinations": [
            {
                "id": destination.id,
                "url": destination.url,
                "description": destination.description,
                "trigger_types": list(destination.trigger_types),
                "status": destination.status,
                "has_secret": destination.secret_ciphertext is not None,
                "created_at": iso(destination.created_at),
                "updated_at": iso(destination.updated_at),
            }
            for destination in destinations
        ],
    }


def _found(thing: dict[str, Any] | None, what: str) -> dict[str, Any]:
    if thing is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no such {what}")
    return thing


def _next(found: list[dict[str, Any]], limit: int, key: str) -> str | None:
    """Where the next page goes on; None when this one was the last."""
    return found[-1][key] if len(found) == limit else None
