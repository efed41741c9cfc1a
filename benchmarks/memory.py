"""Measures a worker's peak memory while Nylas answers with large messages, compared with its limit."""

import argparse
import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from measuring.report import Result, table, write

from mailtide_devkit.demo.many_accounts import connect_many
from mailtide_devkit.local.process import descendants
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

MANIFEST = Path(__file__).parents[1] / "deploy/k8s/base/sync-worker.yaml"
MIB = 2**20
WORKER = "sync-worker"
PLAIN = "All work and no play makes Jack a dull boy. "
WIDE = "\U0001f600" + PLAIN
"""Text with a character beyond U+FFFF, for which CPython stores four bytes per character."""


def limit() -> int:
    """Return the worker's memory limit in the manifest, in bytes."""
    found = re.findall(r"memory: (\d+)Mi", MANIFEST.read_text("utf-8"))
    return max(map(int, found)) * MIB


def peak(stack: Stack) -> int:
    """Return the peak resident memory so far, in bytes, of the largest of the worker's processes."""
    pid = stack.process(WORKER).pid
    sizes = []
    for each in [pid, *descendants(pid)]:
        status = Path(f"/proc/{each}/status").read_text("utf-8")
        sizes += [int(size) * 1024 for size in re.findall(r"VmHWM:\s+(\d+) kB", status)]
    return max(sizes)


class Bench:
    """Creates mailboxes, connects them, and measures the worker."""

    def __init__(self, stack: Stack, admin: SimulatorAdmin) -> None:
        self._stack = stack
        self._admin = admin
        self._made = 0

    async def mailbox(self, text: str, sizes: list[int]) -> str:
        """Create a mailbox with a message of each size (bytes) that repeats `text`; return its address."""
        self._made += 1
        email = f"box-{self._made}@example.com"
        await self._admin.create_mailbox(email, provider="google", count=0)
        body = (text * (max(sizes) // len(text.encode()) + 1)) if sizes else ""
        for first in range(0, len(sizes), 10):
            mails = [
                {"subject": "large", "body": body[: size * len(body) // max(1, len(body.encode()))]}
                for size in sizes[first : first + 10]
            ]
            await self._admin.deliver_messages(email, mails, notify=False)
        return email

    async def measure(self, name: str, emails: list[str], *, ends: bool = True) -> Result:
        """Restart the worker, have it backfill mailboxes concurrently, and return its peak memory.

        Args:
            name: the name of the result.
            emails: the mailboxes.
            ends: whether the backfills can succeed; if not, wait until each has failed.
        """
        await self._stack.restart(WORKER)
        idle = peak(self._stack)
        await connect_many(self._stack, self._admin, emails)
        await until(self._finished(len(emails), ends=ends), seconds=900, what=name)
        most = peak(self._stack)
        figures = {
            "idle MiB": idle // MIB,
            "peak MiB": most // MIB,
            "of the limit": f"{most / limit():.0%}",
        }
        print(name, figures, flush=True)
        return Result(name, figures)

    def _finished(self, wanted: int, *, ends: bool) -> Callable[[], Awaitable[bool]]:
        pattern = re.compile(
            r'mailtide_sync_worker_requests_total\{kind="backfill",outcome="(\w+)"\} ([\d.]+)'
        )

        async def finished() -> bool:
            async with httpx.AsyncClient() as client:
                try:
                    text = (await client.get(f"{self._stack.url(WORKER)}/metrics")).text
                except httpx.TransportError:
                    return False
            counts = {outcome: float(count) for outcome, count in pattern.findall(text)}
            return counts.get("ok" if ends else "failed", 0) >= wanted

        return finished


async def main() -> None:
    """Measure each kind of large answer with a new worker; print and store the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=120, help="mails of 1 MB in each of four mailboxes")
    chosen = parser.parse_args()
    options = StackOptions(
        services={"scheduler": 1, WORKER: 1},
        env={"MAILTIDE_MANAGE_WEBHOOKS": "false"},
        simulator_arguments=("--empty",),
    )
    async with Stack(options) as stack, SimulatorAdmin(stack.nylas_api_uri, timeout=600) as admin:
        bench = Bench(stack, admin)
        megabytes = [10**6] * chosen.mails
        results = [
            await bench.measure("ordinary mail", [await bench.mailbox(PLAIN, [5_000] * 2_000)]),
            await bench.measure(
                "four mailboxes of 1 MB mails", [await bench.mailbox(PLAIN, megabytes) for _ in range(4)]
            ),
            await bench.measure(
                "the same, four bytes a character", [await bench.mailbox(WIDE, megabytes) for _ in range(4)]
            ),
            await bench.measure(
                "single mails of 12 and 40 MB",
                [await bench.mailbox(WIDE, [12 * 10**6] * 6 + [40 * 10**6] * 2) for _ in range(3)],
            ),
        ]
        await admin.fault("endless", gzip=True, path="*/messages")
        boxes = [await bench.mailbox(PLAIN, [1_000]) for _ in range(4)]
        results.append(await bench.measure("bodies without an end", boxes, ends=False))
    print(table(results))
    write("memory", results)


if __name__ == "__main__":
    asyncio.run(main())
