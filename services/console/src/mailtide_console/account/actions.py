"""The actions on an account: POST routes that call the scheduler."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import Response

from mailtide_common.contracts.api.accounts import (
    AccountRemoval,
    AccountState,
    ApprovedDeletions,
    DiscardedDeletions,
)
from mailtide_common.contracts.api.runs import StartedRun, SyncAccount, SyncMode
from mailtide_console.database import snapshot
from mailtide_console.errors import RefusedError
from mailtide_console.layout.parts import Operator, With
from mailtide_console.layout.render import renderer
from mailtide_console.layout.words import plural

from .store import get_account

router = APIRouter()


class Sync(BaseModel):
    """The form that starts a delta, a full download or an audit."""

    mode: SyncMode = SyncMode.DELTA


class Purge(BaseModel):
    """The form of a purge, in which the operator types the account's name."""

    confirmation: str = ""


@router.post("/sync")
async def sync(
    request: Request, parts: With, operator: Operator, account_id: UUID, form: Annotated[Sync, Form()]
) -> Response:
    """Start a delta, a full download or an audit, and show its run."""
    path = f"/api/accounts/{account_id}/sync"
    body = SyncAccount(mode=form.mode)
    run = await parts.scheduler.call(StartedRun, "POST", path, operator=operator, body=body)
    return renderer(request).back(f"/runs/{run.run_id}", "The run has started.")


@router.post("/held/approve")
async def approve(request: Request, parts: With, operator: Operator, account_id: UUID) -> Response:
    path = f"/api/accounts/{account_id}/held-deletions/approve"
    done = await parts.scheduler.call(ApprovedDeletions, "POST", path, operator=operator)
    approved = plural(done.approved, "deletion is", "deletions are")
    text = (
        f"{approved} approved: each message or folder is fetched once more, and deleted only if it is gone."
    )
    return renderer(request).back(f"/accounts/{account_id}", text)


@router.post("/held/discard")
async def discard(request: Request, parts: With, operator: Operator, account_id: UUID) -> Response:
    path = f"/api/accounts/{account_id}/held-deletions/discard"
    done = await parts.scheduler.call(DiscardedDeletions, "POST", path, operator=operator)
    text = f"{plural(done.discarded, 'deletion is', 'deletions are')} discarded: nothing is deleted now."
    return renderer(request).back(f"/accounts/{account_id}", text)


@router.post("/remove")
async def remove(request: Request, parts: With, operator: Operator, account_id: UUID) -> Response:
    """Remove the account: end its syncing; its mail stays."""
    await parts.scheduler.call(AccountRemoval, "DELETE", f"/api/accounts/{account_id}", operator=operator)
    return renderer(request).back(f"/accounts/{account_id}", "The account is removed; its mail stays.")


@router.post("/purge")
async def purge(
    request: Request, parts: With, operator: Operator, account_id: UUID, form: Annotated[Purge, Form()]
) -> Response:
    """Remove the account, and start the purge of its data, if the form repeats the account's name."""
    async with snapshot(parts.pool) as connection:
        account = await get_account(connection, account_id)
    if form.confirmation.strip() != account.name:
        raise RefusedError(f"Nothing was deleted: type {account.name} to confirm the purge.")
    path = f"/api/accounts/{account_id}"
    await parts.scheduler.call(AccountRemoval, "DELETE", path, operator=operator, query={"purge": "true"})
    return renderer(request).back("/accounts", f"All stored data of {account.name} is being deleted.")


@router.post("/{change}")
async def change(
    request: Request, parts: With, operator: Operator, account_id: UUID, change: Literal["pause", "resume"]
) -> Response:
    path = f"/api/accounts/{account_id}/{change}"
    state = await parts.scheduler.call(AccountState, "POST", path, operator=operator)
    return renderer(request).back(f"/accounts/{account_id}", f"The account is {state.status}.")
