"""Statements on the operators' log, one function each."""

from typing import Any
from uuid import UUID

from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql as sql

KEPT_DAYS = 400
"""Days for which the operators' log is kept. Auditors ask for more than a year."""


async def insert_operator_action(
    connection: Connection,
    action_id: UUID,
    *,
    operator: str | None,
    action: str,
    account_id: UUID | None,
    detail: dict[str, Any],
) -> None:
    await connection.execute(
        sql(__package__, "insert_operator_action"), action_id, operator, action, account_id, detail
    )


async def update_operator_action(
    connection: Connection, action_id: UUID, status: int, error: str | None
) -> None:
    await connection.execute(sql(__package__, "update_operator_action"), action_id, status, error)


async def prune_operator_actions(connection: Connection, most: int) -> None:
    """Delete at most `most` recorded changes that are older than `KEPT_DAYS`."""
    await connection.execute(sql(__package__, "prune_operator_actions"), KEPT_DAYS, most)
