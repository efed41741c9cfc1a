"""What becomes of a change whose result cannot be recorded."""

from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from mailtide_common.runtime.errors import ConfigurationError
from mailtide_common.runtime.operators.log import Change, OperatorLog


class Connection:
    """Executes nothing."""

    async def execute(self, *_: Any) -> None:
        pass

    def is_closed(self) -> bool:
        return False


class Pool:
    """Lends a connection `times` times, and then refuses the login."""

    def __init__(self, times: int) -> None:
        self.left = times

    async def acquire(self, *, timeout: float) -> Connection:
        del timeout
        if not self.left:
            raise asyncpg.InvalidPasswordError("password authentication failed")
        self.left -= 1
        return Connection()

    async def release(self, _: Connection) -> None:
        pass


async def test_a_login_that_is_refused_after_a_change_leaves_its_row_without_a_result() -> None:
    change = Change("Zoë", "pause_account", None, {})
    with capture_logs() as logs:
        async with OperatorLog(Pool(1), acquire_seconds=1).record(change):
            change.status = 200
    assert [line["event"] for line in logs] == ["operator_action_end_missing"]


async def test_no_change_is_made_if_it_cannot_be_recorded() -> None:
    made = False
    with pytest.raises(ConfigurationError):
        async with OperatorLog(Pool(0), acquire_seconds=1).record(Change(None, "pause_account", None, {})):
            made = True
    assert not made
