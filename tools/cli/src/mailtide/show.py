"""How answers look for people."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from mailtide_common.contracts.api.accounts import AccountDetails
from mailtide_common.contracts.api.audits import AuditReport, Counts
from mailtide_common.contracts.api.runs import Progress, RunReport

COUNTS = [name.replace("_", " ") for name in Counts.model_fields]


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Iterable[str] = ()) -> None:
    """Print rows under a head; the columns of `numbers` are set right."""
    table = Table(box=SIMPLE_HEAD, padding=0)
    right = set(numbers)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*[cell(value) for value in row])
    Console(highlight=False, markup=False).print(table)


def cell(value: Any) -> str:
    """A value in a table. Pure."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def moment(value: datetime) -> str:
    """A moment in UTC, to the second. Pure."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def print_accounts(accounts: Sequence[AccountDetails]) -> None:
    """Accounts, one a line."""
    rows = [
        (
            account.email or account.grant_id,
            account.status,
            account.last_sync_at,
            progress_text(account.backfill) or account.last_sync_error or "",
            account.held_deletions + account.held_folders,
            account.id,
        )
        for account in accounts
    ]
    print_table(("account", "status", "last sync", "note", "held", "id"), rows, ("held",))


def print_run(report: RunReport) -> None:
    """A run, an account a line, and the sums."""
    rows = [
        (
            line.email,
            line.status,
            line.synced_count,
            progress_text(line.progress) or line.error or "",
        )
        for line in report.details
    ]
    print_table(("account", "status", "synced", "note"), rows, ("synced",))
    typer.echo(
        f"run {report.run_id}: {report.status}, {report.total} accounts in "
        f"{report.duration / 1_000:.1f} s, {report.successful} successful, {report.failed} failed, "
        f"{report.skipped} skipped, {report.pending} pending"
    )


def print_report(report: AuditReport) -> None:
    """An audit, messages by folder, then the folders themselves, and whether it proves the mailbox complete."""
    rows = [(folder.name or folder.folder_id, *_numbers(folder)) for folder in report.folders]
    rows.append(("all folders", *_numbers(report.totals)))
    if report.folder_list is not None:
        rows.append(("list of folders", *_numbers(report.folder_list)))
    print_table(("folder", *COUNTS), rows, COUNTS)
    typer.echo(f"{report.email or report.account_id}: {verdict(report)}")


def verdict(report: AuditReport) -> str:
    """What an audit says, in a line. Pure."""
    if report.finished_at is None:
        return "an audit is running" if report.running else "never audited"
    empty = any(each.clean for each in report.passes[-1:]) and not any(_numbers(report.totals))
    word = "NOT proven complete" + (": an empty listing proves nothing yet" if empty else "")
    if report.proven:
        word = "proven complete"
    by = f" by {', '.join(report.proves)}" if report.proves else ""
    since = f", last proven {moment(report.proven_at)}" if report.proven_at else ""
    return f"{word}{by}, audited {moment(report.finished_at)} in {len(report.passes)} passes{since}"


def progress_text(progress: Progress | None) -> str:
    """How far a listing is, in a few words. Pure."""
    if progress is None or progress.fraction is None:
        return ""
    left = progress.seconds_left
    about = "" if left is None else f", about {duration(left)} left"
    return f"{progress.fraction:.0%}{about}"


def duration(seconds: float) -> str:
    """Seconds for people. Pure."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size * 2:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _numbers(counts: Counts) -> list[int]:
    return [getattr(counts, name) for name in Counts.model_fields]
