"""The `mailtide backfill` command."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from mailtide.running import FOUND, Json, command
from mailtide.scheduler import POLL_SECONDS, Scheduler, ask
from mailtide.show import duration, print_run
from mailtide_common.contracts.api.runs import RunReport, StartedRun, SyncAccount, SyncMode

from .sync import succeeded

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id, address or grant of an account.")]


def backfill_command(
    account: Account,
    wait: Annotated[
        float | None, typer.Option(help="Seconds to wait for the end; default: until it ends.", min=0)
    ] = None,
    as_json: Json = False,
) -> None:
    """Download all mail of an account, with progress and time left.

    Ctrl-C stops the display, not the backfill. The scheduler's MAILTIDE_BACKFILL_START limits how far back
    the backfill reaches.

    Exit code 1 unless it succeeded in time. Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """

    async def work(scheduler: Scheduler) -> RunReport:
        id_ = await scheduler.account_id(account)
        body = SyncAccount(mode=SyncMode.FULL)
        begun = await scheduler.call(StartedRun, "POST", f"/api/accounts/{id_}/sync", body)
        return await _follow(scheduler, begun, account, wait, quiet=as_json)

    report = ask("backfill", work, print_run, as_json=as_json)
    if not succeeded(report):
        raise typer.Exit(FOUND)


async def _follow(
    scheduler: Scheduler, begun: StartedRun, account: str, wait: float | None, *, quiet: bool
) -> RunReport:
    """Wait until the run ends, at most `wait` seconds, and return its report.

    On a terminal, the progress is shown meanwhile.
    """
    console = Console(stderr=True)
    loop = asyncio.get_running_loop()
    deadline = float("inf") if wait is None else loop.time() + wait
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        shown = bar.add_task(account, total=1.0, note="waiting for a worker")
        while True:
            report = await scheduler.call(RunReport, "GET", f"/api/runs/{begun.run_id}")
            _update(bar, shown, report)
            if report.status == "finished" or loop.time() >= deadline:
                return report
            await asyncio.sleep(POLL_SECONDS)


def _update(bar: Progress, shown: int, report: RunReport) -> None:
    for line in report.details:
        done, left = 1.0 if line.status == "success" else None, None
        if line.progress is not None:
            done, left = line.progress.fraction, line.progress.seconds_left
        note = f"{line.synced_count:,} messages"
        if left is not None:
            note += f", about {duration(left)} left"
        if line.error:
            note += f"; {line.error}"
        bar.update(shown, completed=done or 0.0, note=note)  # type: ignore[arg-type]


app = command(backfill_command)
