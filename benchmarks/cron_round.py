"""Measures cron runs over many quiet accounts with a slow Nylas, by 1, 2 and 4 workers."""

import argparse
import asyncio
import time
from pathlib import Path

from measuring.cpu import Meter
from measuring.deliveries import SERVICES
from measuring.report import Result, table, write

from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.many_accounts import connect_many, create_many
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import BIN, Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

MESSAGES = 3

IN_FLIGHT = 64
"""Accounts that one worker serves concurrently."""

QUIET = {"SYNC_INTERVAL": "86400", "MAILTIDE_PROOF_AFTER_SECONDS": "never"}
"""Settings that prevent any other work: no timer, and no audits after the first syncs."""


async def measure(
    stack: Stack, admin: SimulatorAdmin, *, workers: int, accounts: int, latency: float
) -> Result:
    """Scale the workers, run one cron run as a warm-up and one that is measured; return the latter's figures."""
    await stack.scale("sync-worker", workers)
    await user_actions.cron(stack, wait_seconds=300)
    await admin.reset_calls()
    meter = Meter(stack)
    started = time.monotonic()
    report = await user_actions.cron(stack, wait_seconds=300)
    seconds = time.monotonic() - started
    usage = meter.read()
    calls = await admin.calls()
    bound = calls["total"] * latency / (IN_FLIGHT * workers)
    peak = max((n for grant, n in calls["peak_concurrency"].items() if grant != "-"), default=0)
    return Result(
        f"{workers} workers, {latency:g} s a call",
        {
            "accounts": accounts,
            "successful": report["successful"],
            "seconds": round(seconds, 1),
            "accounts/s": round(accounts / seconds),
            "calls per account": round(calls["total"] / accounts, 2),
            "most at once per grant": peak,
            "calls in flight, on average": round(calls["total"] * latency / seconds, 1),
            "share of the physical bound": round(bound / seconds, 2),
            "foreign cores": round(usage.foreign, 2),
            **{f"{name} ms": round(used / accounts * 1e3, 1) for name, used in usage.of_process.items()},
        },
    )


async def main() -> None:
    """Connect the accounts once, then measure cron runs; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument(
        "--latency",
        default="0.2,1",
        help="seconds that Nylas takes for each call: a small one shows what the machine can do, a large one how "
        "workers add up",
    )
    parser.add_argument("--runs", type=int, default=1, help="cron runs of each kind")
    parser.add_argument(
        "--commands", type=Path, default=BIN, help="folder of the services' commands, of any build"
    )
    chosen = parser.parse_args()
    options = StackOptions(
        services=SERVICES, simulator_arguments=("--empty",), env=QUIET, commands=chosen.commands
    )
    async with Stack(options) as stack, SimulatorAdmin(stack.nylas_api_uri, timeout=600) as admin:
        grants = await connect_many(
            stack, admin, await create_many(admin, chosen.accounts, messages=MESSAGES)
        )

        async def filled() -> bool:
            counts = await user_actions.counts(stack.database_url)
            return bool(sum(counts.get(grant, 0) for grant in grants) >= chosen.accounts * MESSAGES)

        await until(filled, seconds=600, what="every account is filled")
        results = list[Result]()
        for latency in map(float, chosen.latency.split(",")):
            await admin.clear_faults()
            await admin.fault("latency", seconds=latency, path="/v3/grants/*")
            for workers in [int(count) for count in chosen.workers.split(",") for _ in range(chosen.runs)]:
                results.append(
                    await measure(stack, admin, workers=workers, accounts=chosen.accounts, latency=latency)
                )
    print(table(results))
    write("cron_round", results)


if __name__ == "__main__":
    asyncio.run(main())
