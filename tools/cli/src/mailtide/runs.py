"""The `mailtide runs` commands."""

from typing import Annotated
from uuid import UUID

import typer

from mailtide_common.contracts.api.runs import RunPage, RunReport

from .running import Json, group
from .scheduler import Limit, Scheduler, ask
from .show import print_run, print_runs

app = group("Runs: list, show.")


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
    run_id: Annotated[
        UUID | None, typer.Argument(metavar="RUN", help="Id of a run; default: the newest.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a run with the outcome of each account."""

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
            typer.echo("no run is stored")
        else:
            print_run(report)

    ask("runs show", work, show, as_json=as_json)
