"""`mailtide-devkit up`: runs the whole stack in the foreground, until Ctrl-C."""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from mailtide_common.contracts.connect_links import connect_link, is_loopback
from mailtide_common.runtime.web.ports import PORTS
from mailtide_devkit.local.errors import SetupError
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.kafka_home.jars import is_downloaded as kafka_is_downloaded
from mailtide_devkit.local.process import ProcessError, kill_children

from .environment import SETTINGS
from .files import StackFiles
from .mailbox import loading_shown
from .stack import Stack, StackOptions

FIRST_MAILBOX = "ada.lovelace@example.com"
GIVEN_MAILBOX = "owner@example.com"
"""The simulator's first Google mailbox, which is connected first: without `--mailbox`, and with it."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def up(options: StackOptions) -> int:
    """Run a stack until a signal arrives, shut it down, and return the exit code.

    A second signal ends everything at once.
    """
    console = Console()
    running = asyncio.create_task(_run(options, console))
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, _stop, running, console, number)
    try:
        await running
    except asyncio.CancelledError:
        return 0
    except SetupError as error:
        sys.stderr.write(f"mailtide-devkit up: {error}\n")
    except (ProcessError, OSError) as error:  # OSError: a full disk, or a wait that took too long
        logs = StackFiles(options.root or Path()).folder / "logs"
        sys.stderr.write(f"mailtide-devkit up: {error}\nAll logs are in {logs}\n")
    return 1


def _stop(running: asyncio.Task[None], console: Console, number: signal.Signals) -> None:
    if running.cancelling():
        kill_children()
        os._exit(128 + number)
    console.print("stopping")
    running.cancel()


async def _run(options: StackOptions, console: Console) -> None:
    stack = Stack(options)
    for line in used_from_environment(options.environment):
        console.print(line, soft_wrap=True)
    console.print(f"starting Mailtide{first_start(stack)}")
    async with loading_shown(options.mailbox, stack.files.log("simulator"), console), stack:
        console.print(table_of(stack))
        for line in hints_of(stack):
            console.print(line, soft_wrap=True, highlight=False)
        await asyncio.Event().wait()


def first_start(stack: Stack) -> str:
    """Return a remark on the download of Kafka, or an empty text if the start needs none."""
    if isinstance(stack.kafka, Kafka) and not kafka_is_downloaded():
        return "; the first start downloads Kafka"
    return ""


def used_from_environment(environment: Mapping[str, str]) -> list[str]:
    """Return lines about `environment`: the names of Mailtide's settings, and the effects on its servers."""
    used = sorted(filter(SETTINGS.fullmatch, environment))
    lines = [f"using from the environment: {', '.join(used)}"] if used else []
    if url := environment.get("DATABASE_URL"):
        lines.append(f"Postgres: {_shown(url)} gets Mailtide's tables, and the mail of this stack")
    if servers := environment.get("KAFKA_BOOTSTRAP_SERVERS"):
        lines.append(f"Kafka: {servers} gets the topics mail.*, and the mail of this stack")
    if uri := environment.get("NYLAS_API_URI"):
        lines.append(
            f"Nylas: a webhook destination is created at {uri}, unless MAILTIDE_MANAGE_WEBHOOKS is false"
        )
    return lines


def table_of(stack: Stack) -> Table:
    """Return a table of servers and services: name, address without password, and process id if it has one."""
    table = Table(title="Mailtide is ready", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("process", "address", "pid"):
        table.add_column(column, no_wrap=True, overflow="ignore")
    processes = stack.supervisor.processes
    for name, address in stack.addresses.items():
        process = processes.get(name)
        table.add_row(name, _shown(address), str(process.pid) if process else "")
    return table


def hints_of(stack: Stack) -> list[str]:
    """Return the lines below the table: default ports that were taken, and commands to copy."""
    lines = [
        f"{name} listens on {urlsplit(stack.url(name)).port}, because {usual} is taken"
        for name, usual in PORTS.items()
        if name in stack.addresses and urlsplit(stack.url(name)).port != usual
    ]
    if "ingress" in stack.addresses:
        lines.append(f"connect a mailbox: {how_to_connect(stack.settings)}")
    if "console" in stack.addresses:
        lines.append(f"or in a browser:   {stack.url('console')}/connect, which then shows the new account")
        lines.append(f"console:           {stack.url('console')} (log in with ADMIN_TOKEN of stack.env)")
    if stack.simulator is not None:
        admin = f"{stack.simulator.url}/admin"
        box = GIVEN_MAILBOX if "--mailbox" in stack.options.simulator_arguments else FIRST_MAILBOX
        lines += [
            f"deliver mail:      curl {admin}/mailboxes/{box}/deliver -d '{{\"count\": 3}}'",
            f'break something:   curl {admin}/faults -d \'{{"kind": "server_error", "path": "*/messages*"}}\'',
            f"mend it:           curl -X DELETE {admin}/faults",
            "see the effect:    mailtide sync; mailtide status (in the shell below; the timer syncs minutes later)",
            "more of these:     tools/nylas-simulator/README.md",
        ]
    return [
        *lines,
        f"a shell to use it: source {from_here(stack.files.env)}; mailtide accounts list",
        f"logs:              {from_here(stack.files.folder / 'logs')}; Ctrl-C ends everything",
    ]


def from_here(path: Path) -> str:
    """Return a path for a shell in the current folder: relative if it is below that folder, else absolute."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path.absolute()))


def how_to_connect(settings: Mapping[str, str]) -> str:
    """Return the command that connects a mailbox, or which setting the ingress needs first."""
    if settings.get("CONNECT_SECRET"):
        return "mailtide connect-link --provider google --user me (in the shell below)"
    if not is_loopback(settings["PUBLIC_URL"]):
        return "set CONNECT_SECRET and start again: PUBLIC_URL is not a loopback address, so links must be signed"
    link = connect_link(settings["PUBLIC_URL"], None, provider="google", user_id="me")
    return f"curl -sL -b '' '{link}'"


def _shown(address: str) -> str:
    """Return an address without password, and without parameters, which could contain one."""
    address = address.partition("?")[0]
    password = urlsplit(address).password
    return address.replace(f":{password}@", "@") if password else address


def options_of(
    root: Path, seed: int, mailbox: Path | None, workers: int, environment: Mapping[str, str]
) -> StackOptions:
    """Return the options of a stack in the foreground.

    It uses default ports where they are free, and restarts processes that end. `workers`: how many sync workers.
    """
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
        mailbox=mailbox,
    )
