"""A run as it is reported. Pure: rows in, JSON out."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .progress import Listing, progress
from .store import Run, RunAccount

MILLISECONDS = 1_000


def cron_report(run: Run, accounts: Sequence[RunAccount]) -> dict[str, Any]:
    """What the cron route answers; `duration` is in milliseconds."""
    count = Counter(account.status for account in accounts)
    return {
        "success": count["failed"] == 0,
        "duration": round(run.seconds * MILLISECONDS),
        "total": len(accounts),
        "successful": count["success"],
        "failed": count["failed"],
        "skipped": count["skipped"],
        "pending": count["pending"],
        "run_id": str(run.run_id),
        "details": [_detail(account) for account in accounts],
    }


def run_report(run: Run, accounts: Sequence[RunAccount]) -> dict[str, Any]:
    """The cron report with the run's status, and how far each account is."""
    report = cron_report(run, accounts)
    report["details"] = [_detail(account) | _progress(account) for account in accounts]
    return report | _run_facts(run)


def run_summary(row: Any, run: Run) -> dict[str, Any]:
    """A line of the list of runs.

    Args:
        row: with the sums over the run's accounts.
        run: the same run.
    """
    return {
        "run_id": str(run.run_id),
        **_run_facts(run),
        "success": row["failed"] == 0,
        "duration": round(run.seconds * MILLISECONDS),
        "total": row["total"],
        "successful": row["successful"],
        "failed": row["failed"],
        "skipped": row["skipped"],
        "pending": row["pending"],
        "syncedCount": row["synced_count"],
    }


def table(report: dict[str, Any]) -> str:
    """The cron report for people."""
    width = max([5, *(len(line["email"]) for line in report["details"])])
    lines = [f"{'email':<{width}}  {'status':<8}  {'synced':>6}  error"]
    lines += [
        f"{line['email']:<{width}}  {line['status']:<8}  {line['syncedCount']:>6}  {line['error'] or ''}".rstrip()
        for line in report["details"]
    ]
    lines.append(
        f"{report['total']} accounts in {report['duration'] / MILLISECONDS:.1f} s: {report['successful']} successful, "
        f"{report['failed']} failed, {report['skipped']} skipped, {report['pending']} pending"
    )
    return "\n".join(lines)


def iso(moment: datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _run_facts(run: Run) -> dict[str, Any]:
    return {
        "kind": run.kind,
        "status": run.status,
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
    }


def _detail(account: RunAccount) -> dict[str, Any]:
    return {
        "email": account.email_address or f"grant {account.grant_id}",
        "status": account.status,
        "syncedCount": account.synced_count,
        "error": account.error,
    }


def _progress(account: RunAccount) -> dict[str, Any]:
    listing = Listing(
        account.watermark, account.until, account.oldest, account.start_date, account.busy_seconds
    )
    shown = progress(listing, running=account.task_state == "leased") | {"kind": account.task_kind}
    return {
        "account_id": str(account.account_id),
        "progress": shown if account.status == "pending" else None,
        "finished_at": iso(account.finished_at),
    }
