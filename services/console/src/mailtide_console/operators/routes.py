"""Route of the operators' log."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from mailtide_common.contracts.api.model import Text
from mailtide_console import limits
from mailtide_console.database import snapshot
from mailtide_console.layout.page import Page
from mailtide_console.layout.paging import After, cursor, page_of
from mailtide_console.layout.parts import With
from mailtide_console.layout.render import renderer

from .store import list_operator_actions

PAGE = Page("Operators' log", "/operators", "log")
router = APIRouter()


@router.get("/operators")
async def operators(
    request: Request, parts: With, after: After = None, operator: Annotated[Text, Query()] = ""
) -> Response:
    """Show a page of the operators' log, newest first."""
    async with snapshot(parts.pool) as connection:
        rows = await list_operator_actions(connection, limits.OPERATORS_PAGE + 1, cursor(after), operator)
    shown, last = page_of(rows, limits.OPERATORS_PAGE)
    return renderer(request).page(
        request, "operators/operators.html", actions=shown, last=last, after=after, operator=operator
    )
