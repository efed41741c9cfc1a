"""Statements on the operators' log, one function each."""

from typing import Any
from uuid import UUID

from mailtide_scheduler import limits
from mailtide_scheduler.database import Connection, sql


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


async def prune_operator_actions(connection: Connection) -> None:
    await connection.execute(
        sql(__package__, "prune_operator_actions"), limits.OPERATOR_ACTION_DAYS, limits.PRUNE_BATCH
    )
