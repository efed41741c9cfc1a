"""Measures how fast worker and persister turn a backlog of webhooks into rows, and what each process uses.

The notifications wait in Kafka while both services are stopped. The rate is measured from the first visible rows to the
last one, without the start of the services.
"""

import argparse
import asyncio
import time
from pathlib import Path

import asyncpg
from measuring.cpu import Meter, peak_mib
from measuring.deliveries import GRANTS, SERVICES, bodies, notification
from measuring.report import Result, table, write

from mailtide_common.contracts.notification_headers import NotificationHeaders, encode_notification
from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import BIN, Stack, StackOptions

DRAINING = ("sync-worker", "persister")
AT_ONCE = 200


async def fill(stack: Stack, messages: int, size: int) -> None:
    """Publish `messages` distinct notifications as the ingress does."""
    texts = bodies(size)
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="benchmark") as publisher:
        for first in range(0, messages, AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for number in range(first, min(messages, first + AT_ONCE)):
                    message_id, body = notification(number, texts[number % len(texts)] + str(number))
                    record = encode_notification(
                        f"grant-{number % GRANTS}",
                        body,
                        NotificationHeaders(id=message_id, received_at=now_us()),
                    )
                    group.create_task(publisher.send(NOTIFICATIONS, record, timeout=60))


async def drain(stack: Stack, messages: int) -> Result:
    """Start the stopped services, wait until all rows are visible, and return the figures."""
    connection = await asyncpg.connect(stack.database_url)
    samples: list[tuple[float, int]] = []
    try:
        before = await connection.fetchval("SELECT count(*) FROM emails")
        meter = Meter(stack)
        await asyncio.gather(*(stack.scale(name, 1) for name in DRAINING))

        async def drained() -> bool:
            rows = await connection.fetchval("SELECT count(*) FROM emails") - before
            if rows:
                samples.append((time.monotonic(), rows))
            return bool(rows >= messages)

        await until(drained, seconds=900, what="every notification is a row")
    finally:
        await connection.close()
    usage = meter.read()
    peaks = {f"{name} MiB": peak_mib(stack.process(name).pid) for name in SERVICES}
    (began, first), (ended, last) = samples[0], samples[-1]
    figures = {
        "messages": messages,
        "rows/s": round((last - first) / (ended - began), 1),
        "foreign cores": round(usage.foreign, 2),
    }
    figures |= {f"{name} us": round(used / messages * 1e6) for name, used in usage.of_process.items()}
    figures |= peaks
    return Result(f"drain of {messages}", figures)


async def main() -> None:
    """Fill and drain a new stack in each run; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=30_000, help="bytes of a body")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--commands", type=Path, default=BIN, help="folder of the services' commands, of any build"
    )
    chosen = parser.parse_args()
    results = []
    for _ in range(chosen.runs):
        async with Stack(StackOptions(services=SERVICES, commands=chosen.commands)) as stack:
            for name in DRAINING:
                await stack.scale(name, 0)
            await fill(stack, chosen.messages, chosen.size)
            results.append(await drain(stack, chosen.messages))
            print(results[-1].figures, flush=True)
    print(table(results))
    write("drain", results)


if __name__ == "__main__":
    asyncio.run(main())
