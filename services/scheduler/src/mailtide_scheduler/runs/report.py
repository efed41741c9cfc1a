"""Builds the reports of runs, and renders them as a table. Pure."""

from collections import Counter
from collections.abc import Sequence

from mailtide_common.contracts.api.runs import CronReport, RunAccountDetail, RunReport, TaskProgress
from mailtide_common.contracts.health.conditions import Condition, Level
from mailtide_common.contracts.progress import Listing, progress

from .store import Run, RunAccount

MILLISECONDS = 1_000


def run_report(run: Run, accounts: Sequence[RunAccount]) -> RunReport:
    """Return the report of a run.

    A pending account has the progress of its task. An account without success has its present health.
    """
    count = Counter(account.status for account in accounts)
    return RunReport(
        run_id=run.run_id,
        kind=run.kind,
        status=run.status,
        started_at=run.started_at,
        finished_at=run.finished_at,
        success=count["failed"] == 0,
        duration=run.duration,
        total=len(accounts),
        successful=count["success"],
        failed=count["failed"],
        skipped=count["skipped"],
        pending=count["pending"],
        details=tuple(_detail(account) for account in accounts),
    )


def table(report: CronReport) -> str:
    width = max([5, *(len(line.email) for line in report.details)])
    lines = [f"{'email':<{width}}  {'status':<8}  {'synced':>6}  error"]
    lines += [
        f"{line.email:<{width}}  {line.status:<8}  {line.synced_count:>6}  {line.error or ''}".rstrip()
        for line in report.details
    ]
    accounts = "1 account" if report.total == 1 else f"{report.total} accounts"
    lines.append(
        f"{accounts} in {report.duration / MILLISECONDS:.1f} s: {report.successful} successful, "
        f"{report.failed} failed, {report.skipped} skipped, {report.pending} pending"
    )
    return "\n".join(lines)


def _detail(account: RunAccount) -> RunAccountDetail:
    return RunAccountDetail(
        email=account.email_address or f"grant {account.grant_id}",
        status=account.status,
        synced_count=account.synced_count,
        error=account.error or _note(account),
        account_id=account.account_id,
        progress=_progress(account) if account.status == "pending" else None,
        finished_at=account.finished_at,
        health=account.health,
    )


def _note(account: RunAccount) -> str | None:
    """Return why a pending account is not current; None if it waits for its turn or is being backfilled."""
    health = account.health
    if account.status != "pending" or health is None or health.condition is Condition.BACKFILLING:
        return None
    return None if health.level is Level.FINE else health.cause


def _progress(account: RunAccount) -> TaskProgress:
    listing = Listing(
        account.watermark, account.until, account.oldest, account.start_date, account.busy_seconds
    )
    come = progress(listing, running=account.task_state == "leased")
    return TaskProgress(**dict(come), kind=account.task_kind)
