"""Queries for the page of the operators' log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mailtide_console.database import Connection, sql
from mailtide_console.layout.paging import Cursor


@dataclass(frozen=True, slots=True)
class OperatorAction:
    """A change that an operator requested through an API, with its outcome."""

    id: UUID
    at: datetime
    operator: str | None
    action: str
    account_id: UUID | None
    email: str | None
    detail: dict[str, Any]
    status: int | None
    error: str | None

    @property
    def cursor(self) -> Cursor:
        """The cursor of the page that begins after this row."""
        return Cursor(self.at, self.id)

    @property
    def done(self) -> bool:
        """Whether the change succeeded; False also while its outcome is unknown."""
        return self.status is not None and self.status < 400


async def list_operator_actions(
    connection: Connection, limit: int, after: Cursor | None, operator: str | None
) -> list[OperatorAction]:
    """List up to `limit` changes after a cursor, newest first. If `operator` is given, list only theirs."""
    at, action_id = (after.at, after.id) if after else (None, None)
    rows = await connection.fetch(
        sql(__package__, "list_operator_actions"), limit, at, action_id, operator or None
    )
    return [OperatorAction(**row) for row in rows]
