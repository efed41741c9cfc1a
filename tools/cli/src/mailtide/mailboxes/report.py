"""The `mailtide report` command."""

import typer

from mailtide.running import FOUND, Json, command
from mailtide.scheduler import ask
from mailtide.show import print_report
from mailtide_common.contracts.api.audits import AuditReport

from .backfill import Account


def report_command(account: Account, as_json: Json = False) -> None:
    """Show an account's newest audit: what is missing, extra or different in each folder.

    An audit whose first pass has not finished is not shown.

    Exit code 1 unless the audit proves the mailbox complete. Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """
    report = ask(
        "report",
        lambda scheduler: scheduler.of_account(AuditReport, account, "GET", "/report"),
        print_report,
        as_json=as_json,
    )
    if not report.proven:
        raise typer.Exit(FOUND)


app = command(report_command)
