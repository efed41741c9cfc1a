"""`mailtide audit`."""

from typing import Annotated

import typer

from mailtide_common.contracts.api.audits import AuditReport
from mailtide_common.contracts.api.runs import StartedRun, SyncAccount, SyncMode
from mailtide_common.runtime.errors import PermanentError, TransientError

from .backfill import Account
from .running import FOUND, Json, command
from .scheduler import Scheduler, ask
from .show import print_report
from .sync import WAIT_SECONDS


def audit_command(
    account: Account,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the end.", min=0)] = WAIT_SECONDS,
    as_json: Json = False,
) -> None:
    """Compare a whole mailbox with the database, repair, and show the result. Exit code 1 unless it proves the mailbox.

    Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """

    async def work(scheduler: Scheduler) -> AuditReport:
        shown = await scheduler.account(account)
        if shown.held_deletions or shown.held_folders:
            total = shown.held_deletions + shown.held_folders
            raise PermanentError(
                f"{total} deletions wait for your decision, and nothing is proven before: "
                f"mailtide accounts held {account}"
            )
        begun = await scheduler.call(
            StartedRun, "POST", f"/api/accounts/{shown.id}/sync", SyncAccount(mode=SyncMode.AUDIT)
        )
        report = await scheduler.finished_run(begun.run_id, wait)
        if report.pending:
            raise TransientError(f"the audit goes on: mailtide report {account}")
        if report.failed and (after := await scheduler.account(account)).held_deletions:
            typer.echo(
                f"{after.held_deletions} deletions wait for your decision: mailtide accounts held {account}",
                err=True,
            )
        return await scheduler.call(AuditReport, "GET", f"/api/accounts/{shown.id}/report")

    report = ask("audit", work, print_report, as_json=as_json)
    if not report.proven:
        raise typer.Exit(FOUND)


app = command(audit_command)
