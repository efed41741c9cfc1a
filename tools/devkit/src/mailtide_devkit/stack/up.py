"""`mailtide-devkit up`: runs the whole stack in the foreground, until Ctrl-C."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from mailtide_devkit.local.errors import SetupError
from mailtide_devkit.local.process import ProcessError
from mailtide_devkit.local.waiting import LateError

from .environment import SETTINGS
from .stack import Stack, StackOptions

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def up(options: StackOptions) -> int:
    """Run a stack until a signal ends it, and return the exit code. A second signal ends everything at once."""
    console = Console()
    running = asyncio.create_task(_run(options, console))
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, _stop, running, console, number)
    try:
        await running
    except asyncio.CancelledError:
        return 0
    except (SetupError, ProcessError, LateError) as error:
        sys.stderr.write(f"mailtide-devkit up: {error}\n")
    return 1


def _stop(running: asyncio.Task[None], console: Console, number: signal.Signals) -> None:
    if running.cancelling():
        os._exit(128 + number)  # the children end with this process
    console.print("stopping")
    running.cancel()


async def _run(options: StackOptions, console: Console) -> None:
    if used := sorted(filter(SETTINGS.fullmatch, options.environment)):
        console.print(f"using from the environment: {', '.join(used)}")
    console.print("starting Mailtide; the first start downloads Kafka")
    async with Stack(options) as stack:
        console.print(table_of(stack))
        console.print(
            f"`source {stack.files.shown(stack.files.env)}` sets up a shell to use it; Ctrl-C ends it"
        )
        await asyncio.Event().wait()


def table_of(stack: Stack) -> Table:
    """Return a table of processes with addresses, process ids and logs."""
    table = Table(title="Mailtide is ready", title_justify="left")
    for column in ("process", "address", "pid", "log"):
        table.add_column(column, overflow="fold")
    addresses = stack.addresses
    processes = stack.supervisor.processes
    for name, address in addresses.items():
        process = processes.get(name)
        pid, log = (str(process.pid), stack.files.shown(process.log)) if process else ("", "")
        table.add_row(name, _without_password(address), pid, log)
    return table


def _without_password(address: str) -> str:
    password = urlsplit(address).password
    return address.replace(f":{password}@", "@") if password else address


def options_of(
    root: Path, seed: int, mailbox: Path | None, workers: int, environment: Mapping[str, str]
) -> StackOptions:
    """Return the options of a stack in the foreground."""
    made = StackOptions()
    services = dict(made.services)
    if "sync-worker" in services:
        services["sync-worker"] = workers
    return StackOptions(
        root=root,
        services=services,
        environment=environment,
        default_ports=True,
        auto_restart=True,
        seed=seed,
        simulator_arguments=("--mailbox", str(mailbox)) if mailbox else (),
    )
