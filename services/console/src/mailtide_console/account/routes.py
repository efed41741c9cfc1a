"""The page of one account."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from mailtide_common.contracts.health.conditions import Condition
from mailtide_console import limits
from mailtide_console.database import snapshot
from mailtide_console.layout.parts import With
from mailtide_console.layout.render import renderer

from .actions import router as actions
from .schedule import reason_of
from .store import (
    get_account,
    get_last_webhook,
    list_actions,
    list_coverage,
    list_held,
    list_incidents,
    list_tasks,
)
from .timeline import timeline

router = APIRouter(prefix="/accounts/{account_id}")
router.include_router(actions)


@router.get("")
async def account(request: Request, parts: With, account_id: UUID) -> Response:
    async with snapshot(parts.pool) as connection:
        found = await get_account(connection, account_id)
        webhook = await get_last_webhook(connection, account_id)
        coverage = await list_coverage(connection, found)
        held = await list_held(connection, found)
        moments = timeline(
            found,
            await list_tasks(connection, found.grant_id),
            await list_incidents(connection, found.grant_id),
            await list_actions(connection, account_id),
            webhook,
        )
    return renderer(request).page(
        request,
        "account/account.html",
        account=found,
        webhook=webhook,
        coverage=coverage,
        held=held,
        moments=moments[: limits.TIMELINE_SHOWN],
        next_at=found.health.next_at,
        why=reason_of(found, datetime.now(UTC)),
        off=found.health.condition in {Condition.PAUSED, Condition.REMOVED, Condition.PURGING},
        gone=found.health.condition in {Condition.REMOVED, Condition.PURGING},
    )
