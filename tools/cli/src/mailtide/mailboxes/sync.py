"""The `mailtide sync` command."""

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from mailtide.running import FOUND, Json, command, print_json
from mailtide.scheduler import Scheduler, fetch
from mailtide.show import print_run
from mailtide_common.contracts.api.runs import RunReport, StartedRun, SyncAccount, SyncMode
from mailtide_common.contracts.api.status import Status
from mailtide_common.contracts.events import AccountStatus
from mailtide_common.contracts.health.stages import BehindStage
from mailtide_common.contracts.stages import group_id
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES
from mailtide_common.runtime.web.api_client import ApiRefusedError

WAIT_SECONDS = 300.0

STORING = frozenset(group_id("persister", topic) for topic in (MESSAGES, FOLDERS, ACCOUNTS))
"""The persister's consumer groups that store accounts, folders and messages."""


def sync_command(
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCOUNT",
            help="Id, address or grant of an account; default: all active ones, in mode delta as one run.",
        ),
    ] = None,
    mode: Annotated[
        SyncMode, typer.Option(help="New mail, the whole mailbox, or an audit that proves completeness.")
    ] = SyncMode.DELTA,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the end.", min=0)] = WAIT_SECONDS,
    as_json: Json = False,
) -> None:
    """Sync one account or all active ones now, and print the outcomes.

    A success means that the mail was fetched from Nylas and published to Kafka. The persister then stores the
    mail; if the persister is behind, that is printed too.

    Exit code 1 unless all accounts succeeded in time. Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """

    async def work(scheduler: Scheduler) -> tuple[list[RunReport], bool, Status]:
        begun, refused = await _begin(scheduler, account, mode)
        reports = await asyncio.gather(*(scheduler.finished_run(each.run_id, wait) for each in begun))
        return reports, refused, await scheduler.call(Status, "GET", "/api/status")

    reports, refused, status = fetch("sync", work)
    if as_json:
        print_json({"runs": reports})
    else:
        for report in reports:
            print_run(report)
    for line in not_stored(status.stages):
        typer.echo(line, err=True)
    if refused or not all(succeeded(report) for report in reports):
        raise typer.Exit(FOUND)


def succeeded(report: RunReport) -> bool:
    """Return whether every account of a run succeeded. Failed, skipped and pending ones did not. Pure."""
    return report.successful == report.total


def not_stored(stages: Sequence[BehindStage]) -> list[str]:
    """Return a line with the cure for each consumer group that stores mail and is behind. Pure."""
    return [
        f"not all synced mail is stored yet: {stage.what}. {stage.cure}"
        for stage in stages
        if stage.group in STORING
    ]


async def _begin(scheduler: Scheduler, account: str | None, mode: SyncMode) -> tuple[list[StartedRun], bool]:
    """Start the runs. Return them, and whether the run of one of all accounts was refused.

    A refusal is printed, because it may concern this account only: it was just paused, for example.
    """
    if account is None and mode is SyncMode.DELTA:
        return [await scheduler.call(StartedRun, "POST", "/api/runs")], False

    async def start(account_id: UUID) -> StartedRun:
        body = SyncAccount(mode=mode)
        return await scheduler.call(StartedRun, "POST", f"/api/accounts/{account_id}/sync", body)

    if account is not None:
        return [await start(await scheduler.account_id(account))], False
    begun, refused = [], False
    for each in await scheduler.accounts():
        if each.status is not AccountStatus.ACTIVE:
            continue
        try:
            begun.append(await start(each.id))
        except ApiRefusedError as error:
            typer.echo(f"{each.email or each.grant_id} was not started: {error}", err=True)
            refused = True
    return begun, refused


app = command(sync_command)
