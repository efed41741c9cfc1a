"""Compares the ingress with a minimal one (`measuring/bare_ingress.py`): requests per processor second.

They alternate. Both get signed webhooks over 16 connections, and write to the same Kafka.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

import httpx
from measuring.cpu import Meter, tree_seconds
from measuring.deliveries import bodies, notification
from measuring.report import Result, median_of, table, write

from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.stack.service import Service
from mailtide_devkit.stack.stack import BIN, Stack, StackOptions
from mailtide_nylas_simulator.webhooks.sender import signature

SECRET = "whsec-benchmark"  # noqa: S105 - of this run's own stack
CONNECTIONS = 16
BARE = Path(__file__).parent / "measuring/bare_ingress.py"


async def deliver(url: str, requests: int, size: int) -> None:
    """Send distinct signed webhooks over `CONNECTIONS` connections, one at a time on each.

    Raises:
        RuntimeError: an answer was not 200.
    """
    texts = bodies(size)
    numbers = iter(range(requests))

    async def one(client: httpx.AsyncClient) -> None:
        for number in numbers:
            _, body = notification(number, texts[number % len(texts)])
            headers = {"X-Nylas-Signature": signature(SECRET, body)}
            try:
                answer = await client.post(url, content=body, headers=headers)
            except httpx.ReadError:  # the server closed a connection that was idle for long
                answer = await client.post(url, content=body, headers=headers)
            if answer.status_code != 200:
                raise RuntimeError(f"{url} answered {answer.status_code}")

    async with httpx.AsyncClient(timeout=20, trust_env=False) as client, asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(one(client))


async def measure(stack: Stack, service: Service, requests: int, size: int) -> Result:
    """Send `requests` webhooks to a service, and return its figures."""
    meter, pid, began = Meter(stack, {service.name: service.process}), service.process.pid, time.monotonic()
    before = tree_seconds(pid)
    await deliver(service.url + user_actions.WEBHOOKS, requests, size)
    used = tree_seconds(pid) - before
    usage = meter.read()
    return Result(
        service.name,
        {
            "requests/s": round(requests / (time.monotonic() - began)),
            "us a request": round(used / requests * 1e6),
            "requests a CPU second": round(requests / used),
            "foreign cores": round(usage.foreign, 2),
        },
    )


async def main() -> None:
    """Alternate both services; print and store their medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=6_000)
    parser.add_argument("--size", type=int, default=30_000, help="bytes of a body")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--commands", type=Path, default=BIN, help="folder of the ingress' command, of any build"
    )
    chosen = parser.parse_args()
    options = StackOptions(
        services={"ingress": 1}, env={"NYLAS_WEBHOOK_SECRET": SECRET}, commands=chosen.commands
    )
    async with Stack(options) as stack:
        port = free_port()
        bare = Service(
            "bare",
            [sys.executable, BARE, str(port), NOTIFICATIONS.name],
            port=port,
            log=stack.files.log("bare"),
            env={**stack.settings, "NYLAS_WEBHOOK_SECRET": SECRET},
        )
        await bare.start()
        try:
            both = (stack.service("ingress"), bare)
            runs = [
                [await measure(stack, each, chosen.requests, chosen.size) for each in both]
                for _ in range(chosen.rounds + 1)
            ]
        finally:
            await bare.stop()
    results = [median_of(list(each)) for each in zip(*runs[1:], strict=True)]  # the first round warms up
    for result in results:
        share = result.figures["requests a CPU second"] / results[1].figures["requests a CPU second"]
        result.figures["/ bare"] = round(share, 2)
    print(table(results))
    write("ingress_vs_bare", results)


if __name__ == "__main__":
    asyncio.run(main())
