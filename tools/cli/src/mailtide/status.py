"""The `mailtide status` command."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from mailtide_common.contracts.api.dead_letters import DeadLetterCause
from mailtide_common.contracts.api.status import OpenIncident, Status, TroubledAccount
from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.conditions import Level, label
from mailtide_common.contracts.health.incident_cures import cure_of

from .running import FOUND, Json, command
from .scheduler import Scheduler, ask
from .show import age, moment, plain_console

WATCH_SECONDS = 2.0

COLOURS = {Level.FINE: "green", Level.WAITING: "yellow", Level.PERSON: "red", Level.OFF: "dim"}


def status_command(
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every 2 seconds, until Ctrl-C or an error.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show whether everything is in sync, and what to do about accounts that are not.

    Up to ten of these accounts are shown, each with the cause of its problem and what to do about it. Open
    incidents, stages that are behind, parked records and the state of the webhook destination follow.

    Exit code 1 if anything requires action by a person. Reads ADMIN_TOKEN and MAILTIDE_SCHEDULER_URL.
    """
    while True:
        status = ask("status", _status, print_status, as_json=as_json)
        if not watch:
            break
        time.sleep(WATCH_SECONDS)
        if not as_json:
            Console().clear()
    if not status.fine:
        raise typer.Exit(FOUND)


async def _status(scheduler: Scheduler) -> Status:
    return await scheduler.call(Status, "GET", "/api/status")


def print_status(status: Status) -> None:
    """Print the verdict, the accounts by condition, problems with their cures, and the webhook destination.

    The task that has been due for the longest time is printed last, if there is one.

    Incidents of printed accounts, and stages with an open incident, are left out.
    """
    console = plain_console()
    console.print(Text(status.verdict, style=f"bold {'green' if status.fine else 'red'}"))
    counts = Text()
    for each in status.conditions:
        counts.append(f"{each.accounts} {label(each.condition)}  ", style=COLOURS[each.level])
    if status.conditions:
        console.print(counts)
    else:
        _print_command(console, "mailtide connect-link")
    for account in status.troubled:
        _print_account(console, account)
    rest = status.waiting + status.person - len(status.troubled)
    if rest > 0:
        console.print(f"\nand {rest} more: mailtide accounts list")
    shown = {account.id for account in status.troubled}
    for incident in status.incidents:
        if incident.account_id not in shown:
            _print_incident(console, incident, status.at)
    incidents = {incident.name for incident in status.incidents}
    for stage in (each for each in status.stages if each.group not in incidents):
        console.print(Text(f"\n{stage.what}", style=f"bold {COLOURS[stage.level]}"))
        console.print(f"  {stage.cure}")
        _print_command(console, stage.command)
    _print_dead_letters(console, status.dead_letters)
    webhook = status.webhook
    state = webhook.error or ("active at Nylas" if webhook.managed else "managed by the operator")
    console.print(f"\nwebhooks {webhook.url}: {state}")
    if status.oldest_task is not None:
        task = status.oldest_task
        console.print(f"oldest task due: {task.kind} of {task.name}, since {age(task.due_at, status.at)}")


def _print_command(console: Console, command: str) -> None:
    """Print a command without wrapping, so that it can be copied."""
    console.print(Text(f"  $ {command}", style="cyan"), soft_wrap=True)


def _print_account(console: Console, account: TroubledAccount) -> None:
    health = account.health
    console.print(Text(f"\n{account.name}: {label(health.condition)}", style=f"bold {COLOURS[health.level]}"))
    console.print(f"  {health.cause}\n  {health.cure}")
    if health.command is not None:
        _print_command(console, health.command)


def _print_incident(console: Console, incident: OpenIncident, now: datetime) -> None:
    since = age(incident.opened_at, now)
    console.print(Text(f"\n{incident.kind} ({incident.name}), open since {since}", style="bold red"))
    console.print(f"  {incident.reason}\n  {incident.cure}")
    _print_command(console, incident.command)


def _print_dead_letters(console: Console, causes: Sequence[DeadLetterCause]) -> None:
    for cause in causes:
        records = "1 record" if cause.waiting == 1 else f"{cause.waiting} records"
        parked = f"\n{records} of {cause.topic} parked ({cause.error_class})"
        console.print(Text(f"{parked}, since {moment(cause.first_at)}", style="bold red"))
        cure, command = cure_of(AlertKind.DEAD_LETTERS, f"{cause.topic}/{cause.error_class}")
        console.print(f"  {cure}")
        _print_command(console, command)


app = command(status_command)
