"""Of an audit that was not made, no report is shown; of one that found differences, its own."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import pytest

from mailtide.mailboxes.audit import audited
from mailtide_common.contracts.api.audits import NOT_PROVEN
from mailtide_common.contracts.api.runs import RunReport
from mailtide_common.runtime.errors import PermanentError

Outcome = Literal["pending", "success", "failed", "skipped"]


def run(outcome: Outcome, *, error: str | None = None) -> RunReport:
    now = datetime.now(UTC)
    ended = outcome != "pending"
    detail: dict[str, Any] = {
        "email": "a@example.com",
        "status": outcome,
        "syncedCount": 0,
        "error": error,
        "account_id": UUID(int=1),
        "progress": None,
        "finished_at": now if ended else None,
        "health": None,
    }
    return RunReport.model_validate(
        {
            "run_id": UUID(int=2),
            "kind": "manual",
            "status": "finished" if ended else "running",
            "started_at": now,
            "finished_at": now if ended else None,
            "success": outcome != "failed",
            "duration": 1,
            "total": 1,
            "successful": int(outcome == "success"),
            "failed": int(outcome == "failed"),
            "skipped": int(outcome == "skipped"),
            "pending": int(outcome == "pending"),
            "details": [detail],
        }
    )


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_failed_or_skipped_audit_is_an_error(outcome: Outcome) -> None:
    with pytest.raises(PermanentError, match="was not audited: throttled"):
        audited(run(outcome, error="throttled"))


def test_an_audit_that_ended_with_differences_is_reported() -> None:
    assert audited(run("failed", error=f"{NOT_PROVEN}: 1 missing, 0 extra, 0 differing"))


def test_a_run_that_is_not_finished_is_awaited() -> None:
    assert not audited(run("pending"))
    assert audited(run("success"))
