"""Measures signed webhooks at an ingress, alone and while other clients hold large unsigned or wrongly signed ones."""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from measuring.cpu import peak_mib
from measuring.report import Result, table, write

from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_devkit.demo.arrivals import percentile
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.stack.service import Service

PATH = "/api/webhooks/nylas"
SECRET = "benchmark"  # noqa: S105 - of this run only
STRANGER = "127.0.0.2"
LARGE = 2 * 1024 * 1024
MEMORY_LIMIT_MIB = 384
"""The memory limit of the pod (deploy/k8s/base/ingress.yaml)."""


@dataclass
class Attack:
    """Sends large bodies except for their last byte, waits for the answer, and starts again."""

    port: int
    address: str
    signature: str | None
    answers: Counter[str] = field(default_factory=Counter)

    async def one(self) -> None:
        """Repeat the attack over one connection at a time, until cancelled; count the answers by status."""
        fields = [f"POST {PATH} HTTP/1.1", "host: x", f"content-length: {LARGE}"]
        fields += [f"x-nylas-signature: {self.signature}"] if self.signature else []
        head = "\r\n".join([*fields, "", ""]).encode()
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", self.port, local_addr=(self.address, 0)
                )
                try:
                    writer.write(head + bytes(LARGE - 1))
                    answer = await reader.read(12)
                    self.answers[answer[9:].decode()] += 1
                finally:
                    writer.close()
            await asyncio.sleep(0.05)


def signed(size: int) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of a signed delivery of about this size in bytes."""
    told = {
        "type": "message.created",
        "id": os.urandom(8).hex(),
        "data": {"object": {"grant_id": "g", "id": "m"}},
    }
    body = json.dumps(told).encode().ljust(size)
    return body, {"x-nylas-signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


async def deliver(
    client: httpx.AsyncClient, count: int, *, size: int, at_once: int
) -> tuple[Counter[int], list[float]]:
    """Send signed deliveries; return the number of answers by status, and the seconds that each took."""
    answers: Counter[int] = Counter()
    times: list[float] = []
    slots = asyncio.Semaphore(at_once)

    async def one() -> None:
        body, headers = signed(size)
        async with slots:
            started = time.perf_counter()
            response = await client.post(PATH, content=body, headers=headers)
            times.append(time.perf_counter() - started)
            answers[response.status_code] += 1

    await asyncio.gather(*(one() for _ in range(count)))
    return answers, times


@asynccontextmanager
async def attacked(attack: Attack, connections: int) -> AsyncIterator[None]:
    """Run an attack over `connections` connections; yield after 5 s, when the ingress holds their bodies."""
    tasks = [asyncio.create_task(attack.one()) for _ in range(connections)]
    await asyncio.sleep(5)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def main() -> None:
    """Measure deliveries without an attack, during each attack, and large ones; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=180)
    parser.add_argument("--strangers", type=int, default=200, help="connections")
    chosen = parser.parse_args()
    kafka = Kafka()
    await kafka.start()
    await ensure_topics(Brokers.plain(kafka.bootstrap_servers), 12)
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "NYLAS_API_KEY": "key",
        "NYLAS_CLIENT_ID": "client",
        "NYLAS_WEBHOOK_SECRET": SECRET,
        "SECRET_KEY": "a-secret-key-for-benchmarks",
        "MAILTIDE_PORT": str(port),
    }
    results: list[Result] = []

    def forget_peak() -> None:
        Path(f"/proc/{ingress.process.pid}/clear_refs").write_text("5", "utf-8")

    async def measure(
        name: str, attack: Attack | None, *, count: int, size: int = 20_000, at_once: int = 6
    ) -> None:
        forget_peak()
        async with httpx.AsyncClient(base_url=ingress.url, timeout=30) as client:
            if attack is None:
                answers, times = await deliver(client, count, size=size, at_once=at_once)
            else:
                async with attacked(attack, chosen.strangers):
                    answers, times = await deliver(client, count, size=size, at_once=at_once)
        figures = {
            "signed": count,
            "200": answers[200],
            "p50 ms": round(percentile(times, 0.5) * 1_000, 1),
            "p95 ms": round(percentile(times, 0.95) * 1_000, 1),
            "strangers' answers": str(dict(attack.answers)) if attack else "-",
            "peak MiB": peak_mib(ingress.process.pid),
        }
        results.append(Result(name, figures))

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "mailtide_ingress"]
        ingress = Service("ingress", command, port=port, log=Path(folder) / "log", env=environment)
        await ingress.start()
        try:
            await measure("warm-up", None, count=chosen.deliveries)
            await measure("alone", None, count=chosen.deliveries)
            await measure("unsigned", Attack(port, STRANGER, None), count=chosen.deliveries)
            await measure("wrongly signed", Attack(port, STRANGER, "0" * 64), count=chosen.deliveries)
            await measure("from our own proxy", Attack(port, "127.0.0.1", "0" * 64), count=chosen.deliveries)
            await measure("200 large ones, signed", None, count=200, size=LARGE, at_once=200)
        finally:
            await ingress.stop()
            await kafka.discard()
    print(table(results[1:]))
    print(f"\nThe pod's limit is {MEMORY_LIMIT_MIB} MiB.")
    write("attacked_ingress", results[1:])


if __name__ == "__main__":
    asyncio.run(main())
