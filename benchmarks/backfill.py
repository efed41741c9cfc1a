"""Measures the first sync of a mailbox with a slow Nylas: its duration, and how well the API predicts it."""

import argparse
import asyncio
import time

from measuring.report import Result, table, write

from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.followed_backfill import FollowedBackfill
from mailtide_devkit.demo.many_accounts import connect_many
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin


async def foretold(stack: Stack, admin: SimulatorAdmin, messages: int) -> Result:
    """Connect a mailbox; return the time left that the API predicted after the first slice, and the actual one."""
    backfill = await FollowedBackfill.begin(stack, admin, "larger@example.com", count=messages)
    first = await backfill.follow(lambda sample: sample.fraction > 0, seconds=600)
    last = await backfill.follow(lambda sample: sample.ended, seconds=3_600)
    left, took = first.seconds_left or 0.0, last.at - first.at
    figures = {
        "messages": messages,
        "done": f"{first.fraction:.0%}",
        "foretold s": round(left, 1),
        "took s": round(took, 1),
        "off by": f"{left / took - 1:+.0%}",
    }
    return Result("time left after the first slice", figures)


async def main() -> None:
    """Time the first sync of one mailbox, then compare the prediction for a larger one with its actual time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument(
        "--larger", type=int, default=50_000, help="messages in the mailbox whose time is predicted"
    )
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that Nylas takes per call")
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
            return bool(await user_actions.count(stack.database_url, grant) >= chosen.messages)

        await until(complete, seconds=3_600, what="every mail is a row")
        seconds = time.monotonic() - started
        calls = (await admin.calls())["grants"].get(grant, {})
        await user_actions.equal(stack.database_url, admin, [grant])
        larger = await foretold(stack, admin, chosen.larger)
    figures = {
        "messages": chosen.messages,
        "latency s": chosen.latency,
        "seconds": round(seconds, 1),
        "messages/s": round(chosen.messages / seconds),
        "listings": calls.get("GET /messages", 0),
    }
    results = [Result("first sync of one mailbox", figures)]
    print(table(results), table([larger]), sep="\n\n")
    write("backfill", [*results, larger])


if __name__ == "__main__":
    asyncio.run(main())
