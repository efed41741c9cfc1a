"""The `mailtide audit` command."""

import time
from typing import Annotated
from uuid import UUID

import typer

from mailtide.running import FOUND, Json, command
from mailtide.scheduler import Scheduler, ask
from mailtide.show import print_report
from mailtide_common.contracts.api.audits import NOT_PROVEN, AuditReport
from mailtide_common.contracts.api.runs import RunReport, StartedRun, SyncAccount, SyncMode
from mailtide_common.runtime.errors import PermanentError, TransientError

from .backfill import Account
from .sync import WAIT_SECONDS

HELD_SECONDS = 2.0
"""Seconds between two checks for held deletions."""


def audit_command(
    account: Account,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the end.", min=0)] = WAIT_SECONDS,
    as_json: Json = False,
) -> None:
    """Compare a whole mailbox with the database, repair differences, and show the report.

    Exit code 1 unless the mailbox is proven complete, 3 if the audit does not end in time.

    The report is not shown if the audit fails, is skipped or does not end in time, or if deletions of the
    account wait for a decision.

    Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """

    async def work(scheduler: Scheduler) -> AuditReport:
        id_ = (await scheduler.account(account)).id
        body = SyncAccount(mode=SyncMode.AUDIT)
        begun = await scheduler.call(StartedRun, "POST", f"/api/accounts/{id_}/sync", body)
        await _finish(scheduler, begun.run_id, account, wait)
        return await scheduler.call(AuditReport, "GET", f"/api/accounts/{id_}/report")

    report = ask("audit", work, print_report, as_json=as_json)
    if not report.proven:
        raise typer.Exit(FOUND)


async def _finish(scheduler: Scheduler, run_id: UUID, account: str, wait: float) -> None:
    """Wait for the end of an audit.

    Raises:
        PermanentError: the audit failed or was skipped, or the account has held deletions. Until you decide
            about these, no audit can prove the mailbox.
        TransientError: the audit has not ended after `wait` seconds.
    """
    deadline = time.monotonic() + wait
    while True:
        report = await scheduler.finished_run(
            run_id, min(HELD_SECONDS, max(deadline - time.monotonic(), 0.0))
        )
        shown = await scheduler.account(account)
        if held := shown.held_deletions + shown.held_folders:
            raise PermanentError(
                f"the account has held deletions ({held}), and no audit proves the mailbox until you decide: "
                f"see `mailtide accounts held {account}`"
            )
        if audited(report):
            return
        if time.monotonic() >= deadline:
            raise TransientError(
                f"the audit has not ended after {wait:.0f} s, and continues: see `mailtide report {account}` later"
            )


def audited(report: RunReport) -> bool:
    """Return whether the audit of a run has ended, whatever it found. Pure.

    Raises:
        PermanentError: the run has ended, but its audit has not. The account's report would show an earlier one.
    """
    if report.status != "finished":
        return False
    reasons = {each.error or each.status for each in report.details if each.status != "success"}
    if not all(reason.startswith(NOT_PROVEN) for reason in reasons):
        raise PermanentError(f"the mailbox was not audited: {'; '.join(sorted(reasons))}")
    return True


app = command(audit_command)
