"""Queries for the page that connects mailboxes."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from mailtide_console.database import Connection, sql


class NewAccount(BaseModel):
    """An account that was connected, or connected again, after the page was opened."""

    id: UUID
    email: str | None
    provider: str | None
    connected_at: datetime
    messages: int
    """Messages stored so far, up to a thousand."""


async def list_new_accounts(connection: Connection, since: datetime, limit: int) -> list[NewAccount]:
    """List up to `limit` accounts that were connected after `since` and are not removed, newest first."""
    rows = await connection.fetch(sql(__package__, "list_new_accounts"), since, limit)
    return [NewAccount(**row) for row in rows]
