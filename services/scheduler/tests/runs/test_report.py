"""The report of a run."""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from pydantic import TypeAdapter

from mailtide_common.contracts.api.runs import CronReport, TaskProgress
from mailtide_common.contracts.events import SyncKind
from mailtide_common.contracts.times import UnixSeconds
from mailtide_scheduler.runs.report import run_report, table
from mailtide_scheduler.runs.store import Run, RunAccount

Status = Literal["pending", "success", "failed", "skipped"]
RUN = Run(UUID(int=1), "cron", "finished", datetime(2026, 1, 1, tzinfo=UTC), None, 1234)


def an_account(
    status: Status, *, email: str | None = "a@example.com", error: str | None = None
) -> RunAccount:
    newest, until, oldest = UnixSeconds(1_000), UnixSeconds(750), UnixSeconds(0)
    return RunAccount(
        UUID(int=2),
        "g",
        email,
        status,
        3,
        error,
        None,
        "leased",
        "backfill",
        until,
        newest,
        oldest,
        None,
        25.0,
    )


def test_the_cron_report_has_exactly_the_promised_fields() -> None:
    report = run_report(RUN, [an_account("success"), an_account("skipped", error="throttled")])
    assert TypeAdapter(CronReport).dump_python(report, mode="json") == {
        "success": True,
        "duration": 1234,
        "total": 2,
        "successful": 1,
        "failed": 0,
        "skipped": 1,
        "pending": 0,
        "run_id": str(RUN.run_id),
        "details": [
            {"email": "a@example.com", "status": "success", "syncedCount": 3, "error": None},
            {"email": "a@example.com", "status": "skipped", "syncedCount": 3, "error": "throttled"},
        ],
    }


def test_one_failed_account_makes_a_run_fail() -> None:
    assert run_report(RUN, [an_account("success"), an_account("failed")]).success is False


def test_a_run_without_accounts_succeeds() -> None:
    report = run_report(RUN, [])
    assert report.success is True
    assert report.details == ()


def test_an_account_without_an_address_is_named_by_its_grant() -> None:
    assert run_report(RUN, [an_account("success", email=None)]).details[0].email == "grant g"


def test_the_full_report_says_how_far_a_pending_account_is() -> None:
    report = run_report(RUN, [an_account("pending"), an_account("success")])
    assert report.status == "finished"
    assert [detail.progress for detail in report.details] == [
        TaskProgress(
            running=True, listed_down_to=750, fraction=0.25, seconds_left=75.0, kind=SyncKind.BACKFILL
        ),
        None,
    ]


def test_people_read_a_table() -> None:
    text = table(run_report(RUN, [an_account("failed", error="boom")]))
    assert "a@example.com  failed         3  boom" in text
    assert text.endswith("1 account in 1.2 s: 0 successful, 1 failed, 0 skipped, 0 pending")
