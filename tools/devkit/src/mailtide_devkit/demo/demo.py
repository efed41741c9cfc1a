"""Shows Mailtide on real Kafka and Postgres, from connecting mailboxes to proving them complete."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mailtide_common.contracts.keys import account_uuid
from mailtide_devkit.local.errors import SetupError
from mailtide_devkit.local.kafka_home.jars import is_downloaded as kafka_is_downloaded
from mailtide_devkit.local.process import ProcessError
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.environment import without_settings
from mailtide_devkit.stack.files import StackFiles
from mailtide_devkit.stack.mailbox import loading_shown
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_devkit.stack.up import SIGNALS
from mailtide_devkit.stack.webhook import webhook_is_active
from mailtide_nylas_simulator.mail.load import mailbox_path
from mailtide_nylas_simulator.testing.client import MailboxInfo, SimulatorAdmin

from . import user_actions
from .arrivals import Arrivals, percentile
from .shown_mail import lines_of
from .user_actions import UserActionError

LIVE_MESSAGES = 200
LIVE_PER_SECOND = 50
DROPPED_MESSAGES = 20
BACKFILL_SECONDS = 300
SLOWEST_RATE = 50
"""Messages per second, below which a backfill, an audit or a comparison of a large mailbox counts as too slow."""

SETTLE_SECONDS = 30


class DemoError(Exception):
    """A step of the demo did not have the expected result."""


@dataclass
class Summary:
    """The measurements of a run of the demo."""

    started_seconds: float = 0
    accounts: int = 0
    backfilled: int = 0
    backfill_seconds: float = 0
    latencies_ms: list[float] = field(default_factory=list)
    dropped: int = 0
    healed: int = 0
    cron: dict[str, Any] = field(default_factory=dict)
    rows: int = 0
    proven: int = 0
    audit: dict[str, int] = field(default_factory=lambda: {"missing": 0, "extra": 0, "differing": 0})


class Demo:
    """A run of the demo on a started stack."""

    def __init__(self, stack: Stack, admin: SimulatorAdmin, console: Console) -> None:
        self._stack = stack
        self._admin = admin
        self._console = console
        self.summary = Summary()

    async def run(self) -> None:
        """Run all steps.

        Raises:
            DemoError: a step did not have the expected result.
            UserActionError: an action failed, or its effect was late.
            LateError: the webhook destination, the backfills or an audit took too long.
        """
        await self._connect()
        await self._backfill()
        await self._show_mail()
        async with Arrivals(self._stack.database_url) as arrivals:
            await self._deliver_live(arrivals)
            await self._drop_and_heal(arrivals)
        await self._prove()
        await self._audit()

    async def _connect(self) -> None:
        """Connect every mailbox through the ingress' OAuth routes, as a browser would."""
        for number, box in enumerate(await self._admin.mailboxes(), 1):
            answer = await user_actions.connect(self._stack, box.provider, user_id=f"user-{number}")
            if "success=connected" not in answer.headers.get("location", ""):
                raise DemoError(f"{box.email} could not be connected: {user_actions.outcome_of(answer)}")
            self._say(f"connected [bold]{box.email}[/] ({box.provider}) through OAuth")
        self.summary.accounts = len(await self._admin.grants())

    async def _backfill(self) -> None:
        """Show the progress of the backfills, and measure the time until every message has a row."""
        started = time.monotonic()
        boxes = {str(box.grant_id): box for box in await self._admin.mailboxes()}
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            bars = {grant: progress.add_task(box.email, total=box.messages) for grant, box in boxes.items()}

            async def complete() -> bool:
                rows = await user_actions.counts(self._stack.database_url)
                for grant, bar in bars.items():
                    progress.update(bar, completed=rows.get(grant, 0))
                return all(rows.get(grant, 0) >= box.messages for grant, box in boxes.items())

            seconds = BACKFILL_SECONDS + _seconds_for(boxes.values())
            await until(complete, seconds=seconds, what="every mailbox is backfilled", every=0.1)
        self.summary.backfilled = sum(box.messages for box in boxes.values())
        self.summary.backfill_seconds = time.monotonic() - started

    async def _show_mail(self) -> None:
        """Print some of the mail that the backfills stored, before generated mail arrives."""
        connection = await asyncpg.connect(self._stack.database_url)
        try:
            for box in await self._admin.mailboxes():
                self._say(f"in Postgres of [bold]{box.email}[/]:")
                for line in await lines_of(connection, account_uuid(str(box.grant_id))):
                    self._console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
        finally:
            await connection.close()

    async def _deliver_live(self, arrivals: Arrivals) -> None:
        """Deliver new mail at a steady rate. Measure the time from each notification to the visible row."""
        await webhook_is_active(self._admin, seconds=user_actions.SETTLE_SECONDS)
        boxes = [box.email for box in await self._admin.mailboxes()]
        self._say(f"delivering {LIVE_MESSAGES} new messages, {LIVE_PER_SECOND} per second")
        first = max((delivery.number for delivery in await self._admin.deliveries()), default=-1) + 1
        begin = time.monotonic()
        for number in range(LIVE_MESSAGES):
            await asyncio.sleep(max(0.0, begin + number / LIVE_PER_SECOND - time.monotonic()))
            await self._admin.deliver(boxes[number % len(boxes)])
        sent = await self._admin.deliveries(after=first, type="message.created")
        emitted = {delivery.object_id: delivery.emitted_at for delivery in sent}
        missing = await arrivals.wait_for(set(emitted), seconds=SETTLE_SECONDS)
        if missing or len(emitted) < LIVE_MESSAGES:
            raise DemoError(
                f"of {LIVE_MESSAGES} delivered messages, {LIVE_MESSAGES - len(emitted)} caused no webhook, and "
                f"{len(missing)} others have no row after {SETTLE_SECONDS} s"
            )
        self.summary.latencies_ms = [(arrivals.seen[id_] - at) * 1000 for id_, at in emitted.items()]

    async def _drop_and_heal(self, arrivals: Arrivals) -> None:
        """Deliver mail whose notifications are dropped, and let a cron run find it."""
        boxes = [box.email for box in await self._admin.mailboxes()]
        fault = await self._admin.fault("drop", trigger="message.created")
        lost: set[str] = set()
        for number in range(DROPPED_MESSAGES):
            lost |= set(await self._admin.deliver(boxes[number % len(boxes)]))
        await self._admin.wait_idle()
        await self._admin.clear_faults(fault)
        self._say(f"dropped the webhooks of {len(lost)} messages; calling the cron route")
        self.summary.dropped = len(lost - arrivals.seen.keys())
        self.summary.cron = await user_actions.cron(self._stack)
        missing = await arrivals.wait_for(lost, seconds=SETTLE_SECONDS)
        self.summary.healed = len(lost - missing)
        if missing:
            raise DemoError(
                f"{len(missing)} of the {len(lost)} messages without webhook have no row {SETTLE_SECONDS} s after the "
                "cron run"
            )
        if self.summary.dropped != len(lost):
            early = len(lost) - self.summary.dropped
            raise DemoError(
                f"{early} of {len(lost)} messages without webhooks had a row before the cron run (a periodic sync can "
                "do that), so the demo could not show that a cron run finds them; run it again"
            )

    async def _prove(self) -> None:
        """Wait until all rows equal their mailboxes, field by field."""
        grants = [str(grant["id"]) for grant in await self._admin.grants()]
        boxes = await self._admin.mailboxes()
        seconds = SETTLE_SECONDS + _seconds_for(boxes)
        await user_actions.equal(self._stack.database_url, self._admin, grants, seconds=seconds)
        self.summary.rows = sum(box.messages for box in boxes)

    async def _audit(self) -> None:
        """Let Mailtide itself compare mailboxes and rows, as `mailtide audit` does."""
        self._say("Mailtide audits every mailbox")
        seconds = user_actions.AUDIT_SECONDS + _seconds_for(await self._admin.mailboxes())
        for grant in await self._admin.grants():
            account = str(account_uuid(str(grant["id"])))
            report = await user_actions.audit(self._stack, account, seconds=seconds)
            if not report["proven"]:
                found = f"messages {report['totals']}, folders {report['folder_list']}"
                raise DemoError(f"an audit of {report['email']} did not prove the mailbox: {found}")
            for name in self.summary.audit:
                self.summary.audit[name] += report["totals"][name]
            self.summary.proven += 1

    def _say(self, what: str) -> None:
        self._console.print(f"  {what}")


def _seconds_for(boxes: Iterable[MailboxInfo]) -> float:
    """Return the seconds for all messages of these mailboxes at `SLOWEST_RATE`."""
    return sum(box.messages for box in boxes) / SLOWEST_RATE


def table(summary: Summary) -> Table:
    rate = summary.backfilled / summary.backfill_seconds if summary.backfill_seconds else 0
    latency = " / ".join(f"{percentile(summary.latencies_ms, share):.1f}" for share in (0.5, 0.95, 0.99))
    cron = summary.cron
    result = Table(title="Result", title_justify="left", show_header=False)
    for name, value in (
        ("stack ready after", f"{summary.started_seconds:.1f} s"),
        ("accounts connected", str(summary.accounts)),
        ("messages backfilled", f"{summary.backfilled} in {summary.backfill_seconds:.1f} s, {rate:.0f}/s"),
        ("webhook to row, p50 / p95 / p99", f"{latency} ms ({len(summary.latencies_ms)} messages)"),
        ("dropped webhooks found by cron", f"{summary.healed} of {summary.dropped}"),
        (
            "cron report",
            f"{cron.get('successful')} of {cron.get('total')} accounts in {cron.get('duration')} ms",
        ),
        ("database compared with mailboxes", f"{summary.rows} rows, all compared fields equal"),
        (
            f"audits: {summary.proven} mailboxes proven",
            ", ".join(f"{number} {name}" for name, number in summary.audit.items()),
        ),
    ):
        result.add_row(name, value)
    return result


async def interrupted() -> None:
    """Wait for Ctrl-C, SIGTERM or SIGHUP."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def cancel_on_signals() -> None:
    """Let SIGTERM and SIGHUP cancel the current task, as Ctrl-C does, so that the stack is shut down."""
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def run(root: Path, mailbox: Path | None, messages: int, seed: int, *, keep: bool) -> int:
    """Start a stack, run the demo on it, and return the exit code.

    Args:
        root: the folder in which `.mailtide` is created.
        mailbox: an mbox file or Maildir that is served as one of the mailboxes; None: none.
        messages: the number of messages in each generated mailbox.
        seed: the seed of the simulator.
        keep: use default ports where they are free, and after a success run until Ctrl-C.
    """
    cancel_on_signals()
    console = Console()
    options = StackOptions(
        root=root,
        environment=without_settings(os.environ),  # a demo must not write to a database that others use
        default_ports=keep,
        seed=seed,
        mailbox=mailbox,
        simulator_arguments=("--messages", str(messages)),
    )
    first = "" if kafka_is_downloaded() else "; the first start downloads Kafka"
    console.print(f"starting Kafka, Postgres, the Nylas simulator and all services{first}")
    begin = time.monotonic()
    try:
        stack = Stack(options)
        showing = loading_shown(mailbox, stack.files.log("simulator"), console)
        async with showing, stack, SimulatorAdmin(stack.nylas_api_uri) as admin:
            demo = Demo(stack, admin, console)
            demo.summary.started_seconds = time.monotonic() - begin
            await demo.run()
            console.print(table(demo.summary))
            if not keep:
                console.print("all of it ends now. Next:")
                console.print("  make demo ARGS=--keep          the same, left running")
                console.print("  make demo MAILBOX=mail.mbox    with your own mail")
                console.print("  make up                        a stack to work with")
                console.print("  docs/use-with-nylas.md         with your Nylas application")
                return 0
            console.print(f"the console shows all this at [bold]{stack.url('console')}[/]")
            console.print(
                f"log in with ADMIN_TOKEN {stack.secrets.admin_token}; Ctrl-C ends it", soft_wrap=True
            )
            await interrupted()
    except SetupError as error:
        sys.stderr.write(f"mailtide-devkit demo: {error}\n")
        return 1
    except (
        ProcessError,
        OSError,
        DemoError,
        UserActionError,
    ) as error:  # OSError: a full disk, or a late server
        sys.stderr.write(
            f"mailtide-devkit demo: {error}\nAll logs are in {StackFiles(root).folder / 'logs'}\n"
        )
        return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="mailtide-devkit demo", description=__doc__)
    parser.add_argument(
        "--mailbox", type=mailbox_path, help="your own mbox file or Maildir, served as one of the mailboxes"
    )
    parser.add_argument(
        "--messages", type=int, default=500, help="messages in each generated mailbox (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the simulator (default: %(default)s)")
    parser.add_argument(
        "--root",
        type=Path,
        default=Path.cwd(),
        help="folder in which .mailtide is created (default: the current one)",
    )
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    chosen = parser.parse_args(arguments)
    try:
        return asyncio.run(
            run(chosen.root.resolve(), chosen.mailbox, chosen.messages, chosen.seed, keep=chosen.keep)
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.stderr.write("mailtide-devkit demo: stopped\n")
        return 130
