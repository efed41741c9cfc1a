"""The API of accounts: state, syncing, reports, held deletions."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from mailtide_common.contracts.events import AccountStatus, SyncKind
from mailtide_scheduler import limits
from mailtide_scheduler.accounts.state import AccountTrigger
from mailtide_scheduler.audits.report import audit_report
from mailtide_scheduler.database import connected
from mailtide_scheduler.deletions.held_deletions import list_held_deletions, list_held_folders

from .dependencies import Api, Limit, Text, found, next_cursor
from .queries import list_accounts

MODES = {"delta": SyncKind.DELTA, "full": SyncKind.BACKFILL, "audit": SyncKind.AUDIT}


class SyncWish(BaseModel):
    """Body of a manual sync: what is new, the mailbox from its beginning, or an audit of it."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["delta", "full", "audit"] = "delta"


def router(api: Api) -> APIRouter:
    """All routes below `/api/accounts`."""
    routes = APIRouter(prefix="/api/accounts")
    _shown(routes, api)
    _moved(routes, api)
    _held(routes, api)
    return routes


def _shown(routes: APIRouter, api: Api) -> None:
    @routes.get("")
    async def accounts(limit: Limit = limits.PAGE_DEFAULT, cursor: UUID | None = None) -> Response:
        async with connected(api.pool) as connection:
            page = await list_accounts(connection, limit, cursor)
        return JSONResponse({"accounts": page, "next_cursor": next_cursor(page, limit, "id")})

    @routes.get("/{account_id}")
    async def account(account_id: UUID) -> Response:
        async with connected(api.pool) as connection:
            page = await list_accounts(connection, 1, only=account_id)
        return JSONResponse(found(page[0] if page else None, "account"))

    @routes.get("/{account_id}/report")
    async def report(account_id: UUID) -> Response:
        async with connected(api.pool) as connection:
            return JSONResponse(found(await audit_report(connection, account_id), "account"))


def _moved(routes: APIRouter, api: Api) -> None:
    @routes.post("/{account_id}/sync")
    async def sync(account_id: UUID, wish: SyncWish) -> Response:
        run_id = await api.runs.start_manual(account_id, MODES[wish.mode])
        return JSONResponse({"run_id": str(run_id)}, HTTPStatus.ACCEPTED)

    @routes.post("/{account_id}/pause")
    async def pause(account_id: UUID) -> Response:
        return JSONResponse({"status": await api.control.decide(account_id, AccountTrigger.PAUSE)})

    @routes.post("/{account_id}/resume")
    async def resume(account_id: UUID) -> Response:
        return JSONResponse({"status": await api.control.decide(account_id, AccountTrigger.RESUME)})

    @routes.delete("/{account_id}")
    async def remove(
        account_id: UUID,
        purge: Annotated[bool, Query()] = False,
        user_id: Annotated[str | None, Query(min_length=1, max_length=limits.MAX_USER_ID_LENGTH)] = None,
    ) -> Response:
        if user_id is None:
            status = await api.control.decide(account_id, AccountTrigger.REMOVE, purge=purge)
        else:
            status = await api.control.disconnect(account_id, user_id, purge=purge)
            purge = purge and status is AccountStatus.REMOVED
        return JSONResponse(
            {"status": status, "purge": purge}, HTTPStatus.ACCEPTED if purge else HTTPStatus.OK
        )


def _held(routes: APIRouter, api: Api) -> None:
    @routes.get("/{account_id}/held-deletions")
    async def held(
        account_id: UUID, limit: Limit = limits.PAGE_DEFAULT, cursor: Text | None = None
    ) -> Response:
        async with connected(api.pool) as connection:
            known = await list_accounts(connection, 1, only=account_id)
            total = found(known[0] if known else None, "account")["held_deletions"]
            page = await list_held_deletions(connection, account_id, limit, cursor)
            folders = await list_held_folders(connection, account_id)
        return JSONResponse(
            {
                "total": total,
                "held_deletions": page,
                "held_folders": folders,
                "next_cursor": next_cursor(page, limit, "message_id"),
            }
        )

    @routes.post("/{account_id}/held-deletions/approve")
    async def approve(account_id: UUID) -> Response:
        return JSONResponse({"approved": await api.held.decide(account_id, approved=True)})

    @routes.post("/{account_id}/held-deletions/discard")
    async def discard(account_id: UUID) -> Response:
        return JSONResponse({"discarded": await api.held.decide(account_id, approved=False)})
