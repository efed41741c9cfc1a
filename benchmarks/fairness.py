"""Measures whether one mailbox that receives a flood of new mail delays the syncs of many quiet ones."""

import argparse
import asyncio
import time

import asyncpg
from measuring.report import Result, table, write

from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.arrivals import percentile
from mailtide_devkit.demo.many_accounts import connect_many, create_many
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

MESSAGES = 3
MAKE_DUE = "UPDATE account_schedules SET next_sync_at = now() WHERE grant_id = ANY($1) RETURNING now()"
TIMES = """
SELECT extract(epoch FROM finished_at - created_at)::float8 AS seconds
FROM sync_tasks
WHERE kind = 'delta' AND state = 'done' AND outcome = 'ok' AND grant_id = ANY($1) AND created_at >= $2
"""

QUIET = {"SYNC_INTERVAL": "86400", "MAILTIDE_PROOF_AFTER_SECONDS": "never"}
"""Settings that prevent any other work: no timer, and no audits after the first syncs."""


async def round_of(stack: Stack, quiet: list[str], *also: str) -> list[float]:
    """Make accounts due, as their interval does; return the seconds until each quiet one was synced."""
    times: list[float] = []
    connection = await asyncpg.connect(stack.database_url)

    async def all_done() -> bool:
        times[:] = [row["seconds"] for row in await connection.fetch(TIMES, quiet, began)]
        return len(times) == len(quiet)

    try:
        began = await connection.fetchval(MAKE_DUE, [*also, *quiet])
        await until(all_done, seconds=120, what="every quiet account is synced")
    finally:
        await connection.close()
    return times


def result(name: str, times: list[float], *, meanwhile: int, afterwards: str) -> Result:
    """Return the percentiles of `times` (seconds), and the progress of the flood."""
    shares = {f"p{share * 100:g} s": round(percentile(times, share), 2) for share in (0.5, 0.95, 0.99)}
    flood = {"of the flood stored meanwhile": meanwhile, "afterwards": afterwards}
    return Result(name, {"syncs": len(times), **shares, **flood})


async def main() -> None:
    """Measure before, during and after the flood of one account; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", type=int, default=200)
    parser.add_argument("--flood", type=int, default=50_000, help="new mails of the one busy account")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that Nylas takes for each call")
    parser.add_argument("--rounds", type=int, default=4, help="before, during and after the flood, each")
    chosen = parser.parse_args()
    flood: int = chosen.flood
    options = StackOptions(simulator_arguments=("--empty",), env=QUIET)
    async with Stack(options) as stack, SimulatorAdmin(stack.nylas_api_uri, timeout=600) as admin:
        emails = await create_many(admin, chosen.quiet + 1, messages=MESSAGES)
        grants = await connect_many(stack, admin, emails)
        flooded, quiet = grants[0], grants[1:]

        async def filled() -> bool:
            counts = await user_actions.counts(stack.database_url)
            return sum(counts.get(grant, 0) for grant in grants) >= len(grants) * MESSAGES

        async def stored() -> int:
            counts: dict[str, int] = await user_actions.counts(stack.database_url)
            return counts.get(flooded, 0) - MESSAGES

        async def over() -> bool:
            return await stored() >= flood

        await until(filled, seconds=600, what="every account is filled")
        await user_actions.cron(stack, wait_seconds=120)
        await admin.fault("latency", seconds=chosen.latency, path="/v3/grants/*")
        alone = [took for _ in range(chosen.rounds) for took in await round_of(stack, quiet)]
        await admin.deliver(emails[0], flood, notify=False)
        beside, seen = list[float](), list[int]()
        while len(seen) < chosen.rounds and not await over():
            beside += await round_of(stack, quiet, *([] if seen else [flooded]))
            seen.append(await stored())
        began, left = time.monotonic(), flood - await stored()
        await until(over, seconds=600, what="the flood is stored")
        rate = round(left / (time.monotonic() - began))
        alone += [took for _ in range(chosen.rounds) for took in await round_of(stack, quiet)]
    name = f"beside {flood} new mails"
    results = [
        result("alone", alone, meanwhile=0, afterwards="-"),
        result(name, beside, meanwhile=seen[-1], afterwards=f"{rate}/s"),
    ]
    print(table(results))
    write("fairness", results)


if __name__ == "__main__":
    asyncio.run(main())
