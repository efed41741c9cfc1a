"""A sync of all accounts is not stopped by one that may not be synced."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from mailtide.__main__ import app
from mailtide.scheduler import Scheduler
from mailtide_common.contracts.api.runs import RunReport, StartedRun
from mailtide_common.contracts.events import AccountStatus
from mailtide_common.runtime.web.api_client import ApiRefusedError

ACCOUNTS = [
    SimpleNamespace(id=UUID(int=number), email=f"{number}@example.com", status=AccountStatus.ACTIVE)
    for number in range(3)
]


def report(run_id: str) -> RunReport:
    now = datetime.now(UTC)
    counts = {"total": 1, "successful": 1, "failed": 0, "skipped": 0, "pending": 0}
    run = {"run_id": run_id, "kind": "manual", "status": "finished", "started_at": now, "finished_at": now}
    return RunReport.model_validate({**run, **counts, "success": True, "duration": 1, "details": []})


def test_a_refused_account_does_not_keep_the_others_from_their_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    async def accounts(_scheduler: Scheduler) -> Any:
        return ACCOUNTS

    async def answer(_scheduler: Scheduler, kind: type[Any], method: str, path: str, *_more: Any) -> Any:
        if method == "POST":
            if str(ACCOUNTS[1].id) in path:
                raise ApiRefusedError("scheduler", 409, "the account is paused: resume it")
            return StartedRun(run_id=UUID(path.split("/")[3]))
        return report(path.rpartition("/")[2]) if kind is RunReport else SimpleNamespace(stages=())

    monkeypatch.setattr(Scheduler, "accounts", accounts)
    monkeypatch.setattr(Scheduler, "call", answer)
    result = CliRunner().invoke(app, ["sync", "--mode", "full"], env={"ADMIN_TOKEN": "t"})
    assert result.exit_code == 1
    assert result.stdout.count(": finished in ") == 2
    assert result.stderr == (
        "1@example.com was not started: "
        "the scheduler refused the request (409): the account is paused: resume it\n"
    )
