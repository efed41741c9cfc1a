"""`mailtide sync` and `mailtide runs`."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from mailtide_common.contracts.api.runs import RunPage, RunReport, StartedRun, SyncAccount, SyncMode
from mailtide_common.contracts.events import AccountStatus

from .running import Json
from .scheduler import Limit, Scheduler, ask
from .show import print_run, print_runs

WAIT_SECONDS = 300.0

app = typer.Typer(help="Runs: list, show.", no_args_is_help=True)


def sync_command(
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCOUNT", help="Id, address or grant of an account; default: all active ones."
        ),
    ] = None,
    mode: Annotated[
        SyncMode, typer.Option(help="New mail, the whole mailbox, or an audit that proves completeness.")
    ] = SyncMode.DELTA,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the end.", min=0)] = WAIT_SECONDS,
    as_json: Json = False,
) -> None:
    """Sync accounts now and print the outcomes. Exit code 1 if one failed or did not finish in time.

    Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """

    async def work(scheduler: Scheduler) -> list[RunReport]:
        if account is not None:
            wanted = [await scheduler.account_id(account)]
        else:
            wanted = [each.id for each in await scheduler.accounts() if each.status is AccountStatus.ACTIVE]
        begun = [
            await scheduler.call(StartedRun, "POST", f"/api/accounts/{each}/sync", SyncAccount(mode=mode))
            for each in wanted
        ]
        return await asyncio.gather(*(scheduler.finished_run(each.run_id, wait) for each in begun))

    def show(reports: list[RunReport]) -> None:
        for report in reports:
            print_run(report)

    reports = ask("sync", work, show, "runs", as_json=as_json)
    if not all(report.success and not report.pending for report in reports):
        raise typer.Exit(1)


@app.command("list")
def list_command(limit: Limit = 20, as_json: Json = False) -> None:
    """List runs, newest first."""
    ask(
        "runs list",
        lambda scheduler: scheduler.call(RunPage, "GET", "/api/runs", query={"limit": limit}),
        lambda page: print_runs(page.runs),
        as_json=as_json,
    )


@app.command("show")
def show_command(
    run_id: Annotated[UUID | None, typer.Argument(help="Id of a run; default: the newest.")] = None,
    as_json: Json = False,
) -> None:
    """Show a run, account by account."""

    async def work(scheduler: Scheduler) -> RunReport | None:
        wanted = run_id
        if wanted is None:
            page = await scheduler.call(RunPage, "GET", "/api/runs", query={"limit": 1})
            if not page.runs:
                return None
            wanted = page.runs[0].run_id
        return await scheduler.call(RunReport, "GET", f"/api/runs/{wanted}")

    def show(report: RunReport | None) -> None:
        if report is None:
            typer.echo("there has been no run")
        else:
            print_run(report)

    ask("runs show", work, show, as_json=as_json)
