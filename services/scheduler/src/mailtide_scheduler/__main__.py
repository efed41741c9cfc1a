"""The commands of the scheduler.

`mailtide-scheduler` serves until SIGTERM. `mailtide-scheduler tick --once` starts or joins one cron run,
waits for its end, at most `--timeout` seconds, prints its report, and exits.
"""

import argparse
import asyncio
import sys
from functools import partial

from pydantic import TypeAdapter

from mailtide_common.contracts.api.runs import CronReport
from mailtide_common.runtime import logs
from mailtide_common.runtime.errors import ConfigurationError, TransientError
from mailtide_common.runtime.kafka.last_account import last_account
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.postgres import create_pool
from mailtide_common.runtime.settings import load
from mailtide_common.runtime.web.command import run_service

from . import limits
from .accounts.actions import AccountControl
from .app import SERVICE, create_app
from .dispatch.dispatcher import Dispatcher
from .dispatch.planner import Planner
from .runs.report import table
from .runs.service import Runs
from .settings import SchedulerSettings, TickSettings
from .wakeups import Signals

COMMAND = "mailtide-scheduler"

_JSON = TypeAdapter(CronReport)
"""Serialises a report as the cron route does, without the fields that `RunReport` adds."""


def main() -> None:
    options = _parser().parse_args()
    if options.command == "tick":
        sys.exit(_tick(options.timeout, as_table=options.table))
    run_service(COMMAND, load(SchedulerSettings, COMMAND), create_app)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="The control plane of Mailtide. Without a command, it serves until SIGTERM. "
        "Settings: .env.example.",
    )
    commands = parser.add_subparsers(dest="command")
    tick = commands.add_parser("tick", help="start or join a cron run, wait for its end, print its report")
    tick.add_argument("--once", action="store_true", required=True, help="make one run and exit")
    tick.add_argument(
        "--timeout", type=float, default=limits.TICK_ONCE_SECONDS, help="seconds to wait for the run's end"
    )
    tick.add_argument("--table", action="store_true", help="print a table instead of JSON")
    return parser


def _tick(timeout: float, *, as_table: bool) -> int:
    """Start or join a cron run and print its report.

    Return the exit code:

    - 0: no account has failed or is still pending.
    - 1: an account has failed or is still pending, or Kafka or Postgres is unavailable.
    - 2: an operator must change something, such as a refused login.
    """
    settings = load(TickSettings, COMMAND)
    logs.configure(COMMAND, "WARNING", sys.stderr)
    try:
        report = asyncio.run(_run_once(settings, timeout))
    except (TransientError, ConfigurationError) as error:
        sys.stderr.write(f"{COMMAND}: {error}\n")
        return 2 if isinstance(error, ConfigurationError) else 1
    text = table(report) if as_table else _JSON.dump_json(report, indent=2).decode()
    sys.stdout.write(f"{text}\n")
    return 0 if report.success and not report.pending else 1


async def _run_once(settings: TickSettings, timeout: float) -> CronReport:
    """Start or join a cron run, and return its report.

    This process makes passes as the scheduler does (see `Dispatcher`), but does not read workers' reports.
    Without a running scheduler, the accounts that need a sync stay pending.
    """
    signals = Signals()
    async with Publisher(settings.brokers, source=SERVICE) as publisher:
        pool = await create_pool(
            settings.database_url.get_secret_value(),
            max_size=limits.POOL_SIZE,
            application_name=f"{COMMAND}-tick",
            schema=settings.mailtide_schema,
        )
        async with pool:
            runs = Runs(pool, signals, settings.intervals, stopping=lambda: False)
            run_id = await runs.start_or_join_cron()
            last = partial(last_account, settings.brokers)
            control = AccountControl(pool, publisher, signals, last)
            planner = Planner(pool, publisher, settings.intervals, control)
            dispatcher = Dispatcher(pool, publisher, signals, planner)
            passes = asyncio.create_task(dispatcher.run())
            try:
                await runs.wait(run_id, timeout)
                return await runs.report(run_id)
            finally:
                dispatcher.stop()
                await passes


if __name__ == "__main__":
    main()
