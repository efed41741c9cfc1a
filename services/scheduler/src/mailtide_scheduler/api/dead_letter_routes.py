"""Routes that list, show, redrive and discard dead letters."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from mailtide_common.contracts.api.dead_letters import (
    DeadLetterCauses,
    DeadLetterDetails,
    DeadLetterPage,
    Discard,
    DiscardResult,
    Redrive,
    RedriveResult,
)
from mailtide_common.contracts.api.model import PAGE_DEFAULT, PAGE_MAX, Text
from mailtide_common.runtime.operators.recorded_route import RecordedRoute
from mailtide_scheduler.database import connected
from mailtide_scheduler.dead_letters.discard import discard

from .dead_letter_queries import get_dead_letter, list_dead_letter_causes, list_dead_letters
from .dependencies import Api, Limit, next_cursor

router = APIRouter(prefix="/api/dead-letters", tags=["dead letters"], route_class=RecordedRoute)


@router.get("")
async def dead_letters(
    api: Api,
    *,
    limit: Limit = PAGE_DEFAULT,
    cursor: UUID | None = None,
    topic: Text | None = None,
    error_class: Text | None = None,
    waiting: Annotated[
        bool, Query(description="Only letters that were neither sent again nor discarded.")
    ] = False,
) -> DeadLetterPage:
    """List dead letters: sizes and reasons, never their content."""
    async with connected(api.pool) as connection:
        page = await list_dead_letters(connection, limit, cursor, topic, error_class, waiting=waiting)
    return DeadLetterPage(
        dead_letters=tuple(page), next_cursor=next_cursor([each.id for each in page], limit)
    )


@router.get("/causes")
async def dead_letter_causes(api: Api) -> DeadLetterCauses:
    """List causes of dead letters that wait for a decision, with the number of letters for each.

    A cause is a topic and an error class. At most 1,000 are listed.
    """
    async with connected(api.pool) as connection:
        return DeadLetterCauses(causes=tuple(await list_dead_letter_causes(connection, PAGE_MAX)))


@router.get("/{letter_id}")
async def dead_letter(
    api: Api,
    letter_id: UUID,
    content: Annotated[
        bool, Query(description="Also show the first bytes of its value, which may be mail.")
    ] = False,
) -> DeadLetterDetails:
    """Show a dead letter with its headers."""
    async with connected(api.pool) as connection:
        return await get_dead_letter(connection, letter_id, content=content)


@router.post("/redrive")
async def redrive(api: Api, body: Redrive) -> RedriveResult:
    """Send dead letters to their original topics again.

    They are chosen by `ids`, even if they were sent or discarded before; unknown ids are ignored. Or they are
    chosen by `error_class`; then at most `limit` are sent. After a record about a message, folder or account,
    its newest state is fetched. A listed message that could not be read is only fetched.
    """
    return await api.redriver.redrive(body)


@router.post("/discard", operation_id="discard_dead_letters")
async def discard_letters(api: Api, body: Discard) -> DiscardResult:
    """Discard those of the chosen dead letters that wait for a decision.

    They are chosen by `ids`, or by `error_class`; then at most `limit` are discarded. They stay stored, with
    their content, until they are pruned.
    """
    async with connected(api.pool) as connection:
        return await discard(connection, body)
