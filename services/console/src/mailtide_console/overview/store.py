"""What the overview reads."""

from datetime import datetime

from pydantic import BaseModel

from mailtide_console.database import Connection, sql
from mailtide_console.layout.words import from_micros


class AccountCounts(BaseModel):
    """Accounts by status."""

    active: int
    paused: int
    invalid: int


class Incident(BaseModel):
    """An open incident."""

    kind: str
    subject: str
    reason: str
    opened_at: datetime


async def count_accounts(connection: Connection) -> AccountCounts:
    """Count the connected accounts."""
    return AccountCounts(**await connection.fetchrow(sql(__package__, "count_accounts")))


async def list_open_incidents(connection: Connection, limit: int) -> list[Incident]:
    """List open incidents, the oldest first."""
    rows = await connection.fetch(sql(__package__, "list_open_incidents"), limit)
    return [Incident(**{**row, "opened_at": from_micros(row["opened_at"])}) for row in rows]
