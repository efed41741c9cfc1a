"""Prints the API's answers as text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table

from mailtide_common.contracts.api.accounts import AccountDetails, HeldDeletionPage
from mailtide_common.contracts.api.audits import AuditReport, Counts
from mailtide_common.contracts.api.dead_letters import DeadLetter
from mailtide_common.contracts.api.runs import Progress, RunAccountDetail, RunReport, RunSummary
from mailtide_common.contracts.api.webhooks import WebhookStatus
from mailtide_common.contracts.health.conditions import Condition, Level, label

CONTROLS = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

COUNTS = [name.replace("_", " ") for name in Counts.model_fields]


NARROW = 16
"""Least width, in characters, to which a column that may be folded shrinks."""

ANY_WIDTH = 10_000
"""Width, in characters, of an output that is not a terminal. In pipes and files, nothing is folded."""


def plain_console() -> Console:
    """Return a console that prints text literally, and folds lines only on a terminal."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = ANY_WIDTH
    return console


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    numbers: Iterable[str] = (),
    *,
    whole: Iterable[str] = (),
    optional: Sequence[str] = (),
) -> None:
    """Print rows below a header.

    Args:
        columns: headings of the columns. If all are blank, no header is printed.
        rows: cells, as many as columns.
        numbers: columns that are aligned right.
        whole: columns that are never folded, such as ids, so that they can be copied.
        optional: columns to leave out, in this order, until the table fits the terminal.
    """
    console = plain_console()
    cells = [[cell(value) for value in row] for row in rows]
    unfolded = frozenset(whole)
    widths = {
        name: max(map(cell_len, (name, *(row[number] for row in cells))))
        for number, name in enumerate(columns)
    }
    least = {name: width if name in unfolded else min(width, NARROW) for name, width in widths.items()}
    for name in optional:
        if _line_width(least) > console.width:
            del least[name]
    # a line longer than the terminal is continued by the terminal, which keeps a word whole when it is copied
    console.width = max(console.width, _line_width(least))
    table = Table(box=SIMPLE_HEAD, padding=0, show_header=any(map(str.strip, columns)))
    right = set(numbers)
    for name, width in least.items():
        justify: JustifyMethod = "right" if name in right else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=name in unfolded, min_width=width)
    shown = [number for number, name in enumerate(columns) if name in least]
    for row in cells:
        table.add_row(*[row[number] for number in shown])
    console.print(table)


def _line_width(columns: Mapping[str, int]) -> int:
    """Return the width of a table with columns of these widths, separated and enclosed by one space each."""
    return sum(columns.values()) + len(columns) + 1


def cell(value: Any) -> str:
    """Return the text of a value in a table, such as `-` for None, and `1,234` for an integer. Pure."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value)
    return f"{value:,}" if isinstance(value, int) else visible(str(value))


def visible(text: str) -> str:
    r"""Return a text with escapes such as `\x1b` instead of characters that control a terminal. Pure.

    Tabs and line ends are unchanged.
    """
    return CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def moment(value: datetime) -> str:
    """Return a time in UTC as ISO 8601, to the second. Pure."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def print_accounts(accounts: Sequence[AccountDetails]) -> None:
    rows = [
        (
            account.email or account.grant_id,
            account.status,
            account.last_sync_at,
            account_note(account),
            account.held_deletions + account.held_folders,
            account.id,
        )
        for account in accounts
    ]
    print_table(
        ("account", "status", "last sync", "note", "held", "id"),
        rows,
        ("held",),
        whole=("account", "id"),
        optional=("held", "last sync", "status"),
    )


def account_note(account: AccountDetails) -> str:
    """Return the progress of the backfill if that is the account's condition and the progress is known.

    Otherwise return the cause of the condition, or an empty text if the condition is fine. Pure.
    """
    health = account.health
    progress = progress_text(account.backfill) if health.condition is Condition.BACKFILLING else ""
    return progress or ("" if health.level is Level.FINE else health.cause)


def print_account(account: AccountDetails) -> None:
    """Print an account's condition with its cause, cure and command, then the account's main fields."""
    health = account.health
    typer.echo(f"{account.email or account.grant_id}: {label(health.condition)}")
    typer.echo(f"  {health.cause}\n  {health.cure}")
    if health.command is not None:
        typer.echo(f"  $ {health.command}")
    held = account.held_deletions + account.held_folders
    rows = [
        ("id", account.id),
        ("grant", account.grant_id),
        ("status", account.status),
        ("users", ", ".join(account.users)),
        ("provider", account.provider),
        ("connected", account.connected_at),
        ("last sync", account.last_sync_at),
        ("next sync", health.next_at),
        ("throttled until", account.throttled_until),
        ("failures in a row", account.failures),
        ("last error", account.last_sync_error),
        ("backfill", progress_text(account.backfill) or None),
        ("proven", account.proven_at),
        ("next audit", account.next_audit_at),
        ("held deletions", held),
    ]
    print_table(("", " "), rows)


def print_held(page: HeldDeletionPage) -> None:
    """Print the numbers of held deletions, then all held folders and a page of the messages."""
    summary = page.summary
    typer.echo(
        f"{page.total} of {summary.stored} messages and {len(page.held_folders)} folders wait for a decision"
    )
    if summary.received_from is not None:
        typer.echo(f"received: {cell(summary.received_from)} to {cell(summary.received_to)}")
    names = {each.folder_id: each.name or each.folder_id for each in summary.folders}
    if names:
        counts = ", ".join(f"{names[each.folder_id]} {each.messages}" for each in summary.folders)
        typer.echo(f"in folders: {counts}")
    rows: list[tuple[object, ...]] = [
        ("folder", folder.held_at, None, folder.name, folder.folder_id) for folder in page.held_folders
    ]
    rows += [
        (
            "message",
            each.held_at,
            each.received_at,
            ", ".join(names.get(folder, folder) for folder in each.folders),
            each.message_id,
        )
        for each in page.held_deletions
    ]
    print_table(
        ("kind", "held since", "received", "folders", "id"),
        rows,
        whole=("id",),
        optional=("held since", "kind"),
    )
    if len(page.held_deletions) < page.total:
        typer.echo(f"further messages: {page.total - len(page.held_deletions)}")


def print_runs(runs: Sequence[RunSummary]) -> None:
    """Print runs, without who started them: cron calls and operators share a run over all accounts."""
    columns = ("run", "of", "status", "started", "accounts", "failed", "pending", "synced")
    rows = [
        (
            run.run_id,
            "all accounts" if run.kind == "cron" else "one account",
            run.status,
            run.started_at,
            run.total,
            run.failed,
            run.pending,
            run.synced_count,
        )
        for run in runs
    ]
    print_table(columns, rows, columns[4:], whole=("run",), optional=("of", "synced", "pending"))


def print_webhooks(status: WebhookStatus) -> None:
    """Print the known destinations, who manages that of this installation, and the last check's error."""
    rows = [(each.id, each.status, each.url, each.has_secret) for each in status.destinations]
    print_table(("destination", "last status", "url", "secret stored"), rows, whole=("destination", "url"))
    managed = "managed by Mailtide" if status.managed else "managed by the operator"
    typer.echo(f"{status.url}: {managed}, {status.error or 'no error'}")


def print_dead_letters(letters: Sequence[DeadLetter]) -> None:
    rows = [
        (each.parked_at, each.topic, each.error_class, each.error_message, _decision(each), each.id)
        for each in letters
    ]
    print_table(
        ("parked", "topic", "class", "reason", "decision", "id"),
        rows,
        whole=("class", "id"),
        optional=("decision", "parked"),
    )


def _decision(letter: DeadLetter) -> str | None:
    """Return what was decided about a dead letter, and when; None while it waits for a decision."""
    if letter.redriven_at is not None:
        return f"sent again {moment(letter.redriven_at)}"
    return None if letter.discarded_at is None else f"discarded {moment(letter.discarded_at)}"


def print_run(report: RunReport) -> None:
    """Print one line for each account of a run, and the run's totals."""
    rows = [
        (
            line.email,
            line.status,
            line.synced_count,
            _run_note(line),
        )
        for line in report.details
    ]
    print_table(("account", "status", "synced", "note"), rows, ("synced",), whole=("account",))
    typer.echo(
        f"run {report.run_id}: {report.status} in {report.duration / 1_000:.1f} s; accounts: {report.total}, of which "
        f"successful: {report.successful}, failed: {report.failed}, skipped: {report.skipped}, "
        f"pending: {report.pending}"
    )


def _run_note(line: RunAccountDetail) -> str:
    """Return the progress of an account, or else the reason why its sync has not succeeded.

    The reason is the account's present condition if that explains it, or else the stored error. If none is
    known, the note is empty.
    """
    health = line.health
    if line.progress is not None and line.progress.fraction is not None:
        return progress_text(line.progress)
    if (
        health is not None
        and health.level is not Level.FINE
        and health.condition is not Condition.BACKFILLING
    ):
        return health.cause
    if (
        line.status == "pending"
        and health is not None
        and health.condition is Condition.SYNCING
        and health.since
    ):
        return f"sent to the workers at {moment(health.since)}, and none has reported yet"
    return line.error or ""


def print_report(report: AuditReport) -> None:
    """Print the counts of an audit, per folder and in all, and its verdict."""
    rows = [(folder.name or folder.folder_id, *_numbers(folder)) for folder in report.folders]
    rows.append(("mailbox, each once", *_numbers(report.totals)))
    if report.folder_list is not None:
        rows.append(("list of folders", *_numbers(report.folder_list)))
    print_table(("folder", *COUNTS), rows, COUNTS)
    typer.echo(f"{report.email or report.account_id}: {verdict(report)}")


def verdict(report: AuditReport) -> str:
    """Return an audit's result in one line: whether it proves the mailbox, by which data, and when. Pure.

    If no audit has finished a pass, say so instead.
    """
    if report.finished_at is None:
        return "an audit is running" if report.running else "never audited"
    empty = any(each.clean for each in report.passes[-1:]) and not any(_numbers(report.totals))
    word = "NOT proven complete" + (": an empty listing proves nothing yet" if empty else "")
    if report.proven:
        word = "proven complete"
    by = f" by {', '.join(report.proves)}" if report.proves else ""
    since = f", last proven {moment(report.proven_at)}" if report.proven_at else ""
    count = len(report.passes)
    passes = f"{count} pass" if count == 1 else f"{count} passes"
    return f"{word}{by}, audited {moment(report.finished_at)} in {passes}{since}"


def progress_text(progress: Progress | None) -> str:
    """Return a listing's progress, such as "25%, about 5 min left", or an empty text if unknown. Pure."""
    if progress is None or progress.fraction is None:
        return ""
    left = progress.seconds_left
    about = "" if left is None else f", about {duration(left)} left"
    return f"{progress.fraction:.0%}{about}"


def age(since: datetime, now: datetime) -> str:
    """Return a time followed by its age, such as "2026-01-01T00:00:00Z (5 min ago)". Pure."""
    return f"{moment(since)} ({duration((now - since).total_seconds())} ago)"


def duration(seconds: float) -> str:
    """Return a rounded duration in the largest unit of which it has at least two, else in seconds. Pure."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size * 2:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _numbers(counts: Counts) -> list[int]:
    return [getattr(counts, name) for name in Counts.model_fields]
