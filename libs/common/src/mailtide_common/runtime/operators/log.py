"""Records a change in the operators' log before it is made, and its result afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.logs import get_logger
from mailtide_common.runtime.postgres import connected_migrated

from .store import insert_operator_action, update_operator_action

MAX_LENGTH = 200
"""Maximum number of characters of a recorded text."""

MAX_ERROR_LENGTH = 500
"""Maximum number of characters of a recorded error."""

log = get_logger(__name__)


@dataclass(slots=True)
class Change:
    """A change by an operator.

    Attributes:
        operator: the operator's name, or None if the request has none.
        action: the operation of the API.
        account_id: the account that is changed, or None for other changes.
        detail: parameters of the request, from `detail_of`.
        status: HTTP status of the answer, or None while it is unknown.
        error: why the change was refused or failed, or None.
        id: the change's id in the log.
    """

    operator: str | None
    action: str
    account_id: UUID | None
    detail: dict[str, Any]
    status: int | None = None
    error: str | None = None
    id: UUID = field(default_factory=uuid4)


def storable(text: str, most: int = MAX_LENGTH) -> str:
    """Return the first `most` characters of a text in a form that Postgres can store.

    NUL is removed, and lone surrogates are replaced.
    """
    return text[:most].replace("\x00", "").encode("utf-8", "replace").decode()


class OperatorLog:
    """The operators' log, in the table `operator_actions`.

    Args:
        pool: connections to Postgres.
        acquire_seconds: longest wait for a connection.
    """

    def __init__(self, pool: asyncpg.Pool, *, acquire_seconds: float) -> None:
        self._connected = partial(connected_migrated, pool, acquire_seconds=acquire_seconds)

    @asynccontextmanager
    async def record(self, change: Change) -> AsyncIterator[None]:
        """Record a change before the context, and its result after the context.

        The caller makes the change in the context, and sets `change.status`. If the status is None, no result
        is recorded. If Postgres is unavailable after the change, a warning is logged that the result is
        missing.

        Raises:
            TransientError: as `connected_migrated`. The change must not be made.
            ConfigurationError: as `connected_migrated`. The change must not be made.
        """
        async with self._connected() as connection:
            await insert_operator_action(
                connection,
                change.id,
                operator=change.operator,
                action=change.action,
                account_id=change.account_id,
                detail=change.detail,
            )
        try:
            yield
        finally:
            if change.status is not None:
                await self._complete(change, change.status)

    async def _complete(self, change: Change, status: int) -> None:
        error = None if change.error is None else storable(change.error, MAX_ERROR_LENGTH)
        try:
            async with self._connected() as connection:
                await update_operator_action(connection, change.id, status, error)
        except (
            TransientError,
            ConfigurationError,
        ) as failed:  # the change is made, and its row lacks a result
            log.warning(
                "operator_action_end_missing",
                action=change.action,
                change_id=str(change.id),
                reason=str(failed),
            )
