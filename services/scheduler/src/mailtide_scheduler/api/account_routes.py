"""Routes of accounts: state, syncing, reports, held deletions."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from mailtide_common.contracts.api.accounts import (
    AccountDetails,
    AccountPage,
    AccountRemoval,
    AccountState,
    ApprovedDeletions,
    DiscardedDeletions,
    HeldDeletionPage,
)
from mailtide_common.contracts.api.audits import AuditReport
from mailtide_common.contracts.api.model import PAGE_DEFAULT, Text
from mailtide_common.contracts.api.runs import StartedRun, SyncAccount, SyncMode
from mailtide_common.contracts.events import SyncKind
from mailtide_common.runtime.operators.recorded_route import RecordedRoute
from mailtide_scheduler import limits
from mailtide_scheduler.accounts.state import AccountTrigger
from mailtide_scheduler.audits.report import audit_report
from mailtide_scheduler.database import connected
from mailtide_scheduler.deletions.held_deletions import (
    get_held_summary,
    list_held_deletions,
    list_held_folders,
)

from .dependencies import Api, Limit, next_cursor
from .queries import get_account, list_accounts, list_named_accounts

KINDS = {
    SyncMode.DELTA: SyncKind.DELTA,
    SyncMode.FULL: SyncKind.BACKFILL,
    SyncMode.AUDIT: SyncKind.AUDIT,
}

router = APIRouter(prefix="/api/accounts", tags=["accounts"], route_class=RecordedRoute)


@router.get("")
async def accounts(
    api: Api,
    limit: Limit = PAGE_DEFAULT,
    cursor: UUID | None = None,
    name: Annotated[Text | None, Query(description="Only accounts with this address, grant or id.")] = None,
) -> AccountPage:
    """List accounts with their schedules and their health, ordered by id.

    With `name`, the answer has all matching accounts; `limit` and `cursor` are then ignored.
    """
    async with connected(api.pool) as connection:
        if name is not None:
            return AccountPage(accounts=tuple(await list_named_accounts(connection, name)), next_cursor=None)
        page = await list_accounts(connection, limit, cursor)
    return AccountPage(accounts=tuple(page), next_cursor=next_cursor([each.id for each in page], limit))


@router.get("/{account_id}")
async def account(api: Api, account_id: UUID) -> AccountDetails:
    """Return an account with its schedule and its health."""
    async with connected(api.pool) as connection:
        return await get_account(connection, account_id)


@router.get("/{account_id}/report")
async def report(api: Api, account_id: UUID) -> AuditReport:
    """Return the newest audit with an ended pass: the differences per folder, and what the audit proves."""
    async with connected(api.pool) as connection:
        return await audit_report(connection, account_id)


@router.post("/{account_id}/sync", status_code=HTTPStatus.ACCEPTED)
async def sync(api: Api, account_id: UUID, body: SyncAccount) -> StartedRun:
    """Start a run that syncs, backfills or audits an active account."""
    return StartedRun(run_id=await api.runs.start_manual(account_id, KINDS[body.mode]))


@router.post("/{account_id}/pause")
async def pause(api: Api, account_id: UUID) -> AccountState:
    """Pause an account: no further calls to Nylas are made for it.

    Requests that were already sent to the workers are completed. Notifications are still stored, except those
    that need a call to Nylas: these wait.
    """
    return AccountState(status=await api.control.decide(account_id, AccountTrigger.PAUSE))


@router.post("/{account_id}/resume")
async def resume(api: Api, account_id: UUID) -> AccountState:
    """Resume the syncing of a paused account."""
    return AccountState(status=await api.control.decide(account_id, AccountTrigger.RESUME))


@router.delete(
    "/{account_id}", responses={202: {"model": AccountRemoval, "description": "The purge is enqueued."}}
)
async def remove(
    api: Api,
    response: Response,
    account_id: UUID,
    purge: Annotated[
        bool, Query(description="Also delete all data of the account in Kafka and Postgres.")
    ] = False,
    user_id: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=limits.MAX_USER_ID_LENGTH,
            description="End only this user's connection; the last one to end removes the account.",
        ),
    ] = None,
) -> AccountRemoval:
    """Remove an account, or one user's connection to it.

    With `purge`, the removal of the account also enqueues the deletion of its data.
    """
    if user_id is None:
        status = await api.control.decide(account_id, AccountTrigger.REMOVE, purge=purge)
        removal = AccountRemoval(status=status, purge=purge)
    else:
        removal = await api.control.disconnect(account_id, user_id, purge=purge)
    if removal.purge:
        response.status_code = HTTPStatus.ACCEPTED
    return removal


@router.get("/{account_id}/held-deletions")
async def held(
    api: Api, account_id: UUID, limit: Limit = PAGE_DEFAULT, cursor: Text | None = None
) -> HeldDeletionPage:
    """List the deletions that wait for an operator's decision.

    The answer has a page of the messages, a summary of all these messages, and all folders.
    """
    async with connected(api.pool) as connection:
        shown = await get_account(connection, account_id)
        messages = await list_held_deletions(connection, account_id, limit, cursor)
        folders = await list_held_folders(connection, account_id)
        summary = await get_held_summary(connection, account_id)
    return HeldDeletionPage(
        total=shown.held_deletions,
        summary=summary,
        held_deletions=tuple(messages),
        held_folders=tuple(folders),
        next_cursor=next_cursor([each.message_id for each in messages], limit),
    )


@router.post("/{account_id}/held-deletions/approve")
async def approve(api: Api, account_id: UUID) -> ApprovedDeletions:
    """Approve all held deletions of an account.

    Each message is fetched once more, and so is each folder that is still not listed. Only a 404 deletes a
    message or folder.
    """
    return ApprovedDeletions(approved=await api.held.decide(account_id, approved=True))


@router.post("/{account_id}/held-deletions/discard")
async def discard(api: Api, account_id: UUID) -> DiscardedDeletions:
    """Discard all held deletions of an account. This deletes nothing.

    A later pass may miss the same messages or folders. If they are few, each is fetched, and a 404 deletes it.
    Otherwise their deletions are held again, but not within 7 days.
    """
    return DiscardedDeletions(discarded=await api.held.decide(account_id, approved=False))
