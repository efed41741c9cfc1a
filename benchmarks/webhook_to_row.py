"""Measures the time from webhook to visible row at a steady rate (open loop), through the whole stack.

Latency is measured from the time at which a webhook was due to be sent, so that a stall delays every later request too.
"""

import argparse
import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from measuring.cpu import Meter, Usage
from measuring.deliveries import SERVICES, bodies, notification
from measuring.report import Result, table, write

from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.arrivals import Arrivals, percentile
from mailtide_devkit.stack.stack import BIN, Stack, StackOptions
from mailtide_nylas_simulator.webhooks.sender import signature

SECRET = "whsec-benchmark"  # noqa: S105 - of this run's own stack
SETTLE_SECONDS = 30.0
WARM_UP_SECONDS = 5
LADDER_P99_MS = 100.0


@dataclass
class Run:
    """The measurements of one run; times are in milliseconds from the moment when a webhook was due."""

    answers_ms: list[float] = field(default_factory=list)
    rows_ms: list[float] = field(default_factory=list)
    refused: int = 0
    missing: int = 0
    usage: Usage | None = None


async def measure(stack: Stack, rate: int, seconds: int, size: int) -> Run:
    """Send `rate` webhooks per second for `seconds`, and wait up to `SETTLE_SECONDS` for their rows."""
    texts = bodies(size)
    run = Run()
    due: dict[str, float] = {}
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with (
        Arrivals(stack.database_url) as arrivals,
        httpx.AsyncClient(limits=limits, timeout=20, trust_env=False) as client,
    ):
        url = f"{stack.url('ingress')}{user_actions.WEBHOOKS}"
        meter = Meter(stack)
        begin = time.time() + 0.1
        async with asyncio.TaskGroup() as group:
            for number in range(rate * seconds):
                at = begin + number / rate
                message_id, body = notification(number, texts[number % len(texts)] + str(number))
                signed = {"X-Nylas-Signature": signature(SECRET, body)}
                await asyncio.sleep(max(0.0, at - time.time()))
                due[message_id] = at
                group.create_task(_send(client, url, body, signed, due=at, run=run))
        missing = await arrivals.wait_for(set(due), seconds=SETTLE_SECONDS)
    run.usage = meter.read()
    run.missing = len(missing)
    run.rows_ms = [(arrivals.seen[id_] - at) * 1000 for id_, at in due.items() if id_ in arrivals.seen]
    return run


async def _send(
    client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str], *, due: float, run: Run
) -> None:
    answer = await client.post(url, content=body, headers=headers)
    run.answers_ms.append((time.time() - due) * 1000)
    run.refused += answer.status_code != 200


def result(run: Run, rate: int, size: int) -> Result:
    """Return the figures of one run."""
    figures: dict[str, Any] = {
        "webhooks": len(run.answers_ms),
        "refused": run.refused,
        "missing rows": run.missing,
    }
    for name, values in (("answer", run.answers_ms), ("row", run.rows_ms)):
        for share in (0.5, 0.95, 0.99):
            figures[f"{name} p{share * 100:g} ms"] = round(percentile(values, share), 1)
        figures[f"{name} max ms"] = round(max(values, default=0), 1)
    if run.usage is not None:
        figures["foreign cores"] = round(run.usage.foreign, 2)
        for name, used in run.usage.of_process.items():
            figures[f"{name} us"] = round(used / len(run.answers_ms) * 1e6)
        figures["services us"] = sum(figures[f"{name} us"] for name in SERVICES)
    return Result(f"webhook to row, {rate}/s of {size // 1000} KB", figures)


async def highest_rate(stack: Stack, rates: list[int], seconds: int, size: int) -> int:
    """Try ascending rates until a row is missing or the p99 reaches `LADDER_P99_MS`; return the last good one, or 0."""
    held = 0
    for rate in rates:
        run = await measure(stack, rate, seconds, size)
        print(rate, result(run, rate, size).figures, flush=True)
        if run.missing or percentile(run.rows_ms, 0.99) >= LADDER_P99_MS:
            break
        held = rate
    return held


async def main() -> None:
    """Warm the stack up, then measure the runs and the ladder of rates; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=100, help="webhooks per second")
    parser.add_argument("--seconds", type=int, default=30, help="length of a run")
    parser.add_argument("--size", type=int, default=30_000, help="bytes of a body")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--commands", type=Path, default=BIN, help="folder of the services' commands, of any build"
    )
    parser.add_argument(
        "--ladder", type=int, nargs="*", default=[], help="ascending rates to try after the runs"
    )
    parser.add_argument("--ladder-seconds", type=int, default=6)
    chosen = parser.parse_args()
    options = StackOptions(services=SERVICES, env={"NYLAS_WEBHOOK_SECRET": SECRET}, commands=chosen.commands)
    async with Stack(options) as stack:
        await measure(stack, chosen.rate, WARM_UP_SECONDS, chosen.size)
        results = [
            result(await measure(stack, chosen.rate, chosen.seconds, chosen.size), chosen.rate, chosen.size)
            for _ in range(chosen.runs)
        ]
        if chosen.ladder:
            held = await highest_rate(stack, chosen.ladder, chosen.ladder_seconds, chosen.size)
            for each in results:
                each.figures["highest rate"] = held
    print(table(results))
    write("webhook_to_row", results)


if __name__ == "__main__":
    asyncio.run(main())
