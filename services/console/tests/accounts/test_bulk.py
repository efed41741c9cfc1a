"""What a bulk action reports about the accounts for which it failed."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from mailtide_common.runtime.errors import TransientError
from mailtide_console.accounts.bulk import Bulk, BulkAction, act_on_all
from mailtide_console.scheduler_api.client import Api


class Failing(Api):
    """Fails for some accounts, for the given reasons."""

    def __init__(self, reasons: dict[UUID, str]) -> None:
        super().__init__(httpx.AsyncClient(), "scheduler")
        self._reasons = reasons

    async def call(self, answer: type[Any], method: str, path: str, *_: Any, **__: Any) -> Any:  # noqa: ARG002
        account_id = UUID(path.split("/")[3])
        if account_id in self._reasons:
            raise TransientError(self._reasons[account_id])
        return answer.model_construct()


async def test_every_failed_account_is_counted() -> None:
    reasons = {uuid4(): reason for reason in ("a", "a", "b", "b", "c", "c", "d", "e")}
    form = Bulk(action=BulkAction.PAUSE, account=[*reasons, uuid4()])
    assert await act_on_all(Failing(reasons), "ada", form) == (
        "1 account is paused. 2 accounts failed: a. 2 accounts failed: b. 2 accounts failed: c."
        " 2 accounts failed for other reasons."
    )
