"""The first sync of one mailbox, with a slow Nylas: how long until every mail is a row."""

import argparse
import asyncio
import time

from report import Result, table, write

from mailtide_devkit import journeys
from mailtide_devkit.crowd import connect_many
from mailtide_devkit.nylas.client import SimulatorAdmin
from mailtide_devkit.stack import Stack, StackOptions
from mailtide_devkit.waiting import until


async def main() -> None:
    """Connect a mailbox and wait for its last mail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that Nylas takes for each call")
    chosen = parser.parse_args()
    options = StackOptions(simulator_arguments=("--empty",))
    async with Stack(options) as stack, SimulatorAdmin(stack.nylas_api_uri, timeout=600) as admin:
        email = "large@example.com"
        await admin.create_mailbox(email, provider="google", count=chosen.messages)
        await admin.fault("latency", seconds=chosen.latency, path="/v3/grants/*")
        await admin.reset_calls()
        started = time.monotonic()
        (grant,) = await connect_many(stack, admin, [email])

        async def complete() -> bool:
            return bool(await journeys.count(stack.database_url, grant) >= chosen.messages)

        await until(complete, seconds=3_600, what="every mail is a row")
        seconds = time.monotonic() - started
        calls = (await admin.calls())["grants"].get(grant, {})
        await journeys.equal(stack.database_url, admin, [grant])
    figures = {
        "messages": chosen.messages,
        "latency s": chosen.latency,
        "seconds": round(seconds, 1),
        "messages/s": round(chosen.messages / seconds),
        "listings": calls.get("GET /messages", 0),
    }
    results = [Result("first sync of one mailbox", figures)]
    print(table(results))
    write("backfill", results)


if __name__ == "__main__":
    asyncio.run(main())
