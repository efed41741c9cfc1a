"""Measures what each service uses while no mail arrives: processor time per hour, wake-ups per second, and memory.

A few mailboxes are connected and backfilled first. A wake-up is a voluntary context switch: the process has waited.
"""

import argparse
import asyncio
from pathlib import Path

from measuring.cpu import Meter, resident_mib, wake_ups
from measuring.deliveries import SERVICES
from measuring.report import Result, table, write

from mailtide_devkit.demo.many_accounts import connect_many, create_many
from mailtide_devkit.stack.stack import BIN, Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

MAILBOXES = 3
SETTLE_SECONDS = 15.0
NEWER_SERVICES = ("notifier", "console")
"""Measured where the build has them, but not part of the sum, because older builds do not."""


async def measure(stack: Stack, seconds: float) -> Result:
    """Return the figures of each process over so many seconds."""
    names = [name for name in stack.supervisor.processes if name in (*SERVICES, *NEWER_SERVICES)]
    pids = {name: stack.process(name).pid for name in names}
    meter, before = Meter(stack), {name: wake_ups(pid) for name, pid in pids.items()}
    await asyncio.sleep(seconds)
    usage = meter.read()
    woken = {name: (wake_ups(pid) - before[name]) / usage.seconds for name, pid in pids.items()}
    hour = {name: used / usage.seconds * 3_600 for name, used in usage.of_process.items()}
    figures = {"foreign cores": round(usage.foreign, 2)}
    figures |= {f"{name} CPU s/h": round(hour[name], 1) for name in (*names, "kafka", "postgres")}
    figures |= {f"{name} wake-ups/s": round(woken[name], 1) for name in names}
    figures |= {f"{name} MiB": resident_mib(pid) for name, pid in pids.items()}
    figures["services CPU s/h"] = round(sum(hour[name] for name in SERVICES), 1)
    figures["services wake-ups/s"] = round(sum(woken[name] for name in SERVICES), 1)
    return Result(f"idle for {seconds:g} s", figures)


async def main() -> None:
    """Start a stack, connect mailboxes, and measure it once they are quiet; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="length of a run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--commands", type=Path, default=BIN, help="folder of the services' commands, of any build"
    )
    chosen = parser.parse_args()
    newer = {name: 1 for name in NEWER_SERVICES if (chosen.commands / f"mailtide-{name}").exists()}
    options = StackOptions(services={**SERVICES, **newer}, commands=chosen.commands)
    async with Stack(options) as stack, SimulatorAdmin(stack.nylas_api_uri) as admin:
        await connect_many(stack, admin, await create_many(admin, MAILBOXES, messages=20))
        await asyncio.sleep(SETTLE_SECONDS)
        results = [await measure(stack, chosen.seconds) for _ in range(chosen.runs)]
    print(table(results))
    write("idle", results)


if __name__ == "__main__":
    asyncio.run(main())
