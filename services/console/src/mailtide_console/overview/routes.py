"""The overview."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from mailtide_console.database import snapshot
from mailtide_console.layout.page import Page
from mailtide_console.layout.parts import With
from mailtide_console.layout.render import renderer

from .store import count_accounts, list_open_incidents

PAGE = Page("Overview", "/", "overview")
router = APIRouter()

INCIDENTS_SHOWN = 20


@router.get("/")
async def overview(request: Request, parts: With) -> Response:
    """Show whether everything is in sync."""
    async with snapshot(parts.pool) as connection:
        counts = await count_accounts(connection)
        incidents = await list_open_incidents(connection, INCIDENTS_SHOWN)
    return renderer(request).page(request, "overview/overview.html", counts=counts, incidents=incidents)
