"""Routes of dead letters."""

from uuid import UUID

from fastapi import APIRouter

from mailtide_common.contracts.api.dead_letters import DeadLetterPage, Redrive, RedriveResult
from mailtide_common.contracts.api.model import PAGE_DEFAULT
from mailtide_scheduler.database import connected

from .dependencies import Api, Limit, next_cursor
from .queries import list_dead_letters

router = APIRouter(prefix="/api/dead-letters", tags=["dead letters"])


@router.get("")
async def dead_letters(api: Api, limit: Limit = PAGE_DEFAULT, cursor: UUID | None = None) -> DeadLetterPage:
    """List dead letters, newest first: their sizes and reasons, never their content."""
    async with connected(api.pool) as connection:
        page = await list_dead_letters(connection, limit, cursor)
    return DeadLetterPage(
        dead_letters=tuple(page), next_cursor=next_cursor([each.id for each in page], limit)
    )


@router.post("/redrive")
async def redrive(api: Api, body: Redrive) -> RedriveResult:
    """Send dead letters to their original topics again."""
    return await api.redriver.redrive(body.ids, body.error_class, body.limit)
