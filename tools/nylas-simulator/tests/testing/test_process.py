"""The simulator as a process: it announces when it listens, and ends at once."""

import asyncio
import time

import httpx

from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.process import SimulatorProcess


async def test_it_ends_at_once_even_while_a_call_stalls() -> None:
    with SimulatorProcess.start("--messages", "3", "--seed", "5") as running:
        async with SimulatorAdmin(running.url) as admin:
            grant = await admin.connect((await admin.mailboxes())[0].email)
            await admin.fault("stall", seconds=60)
            async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
                headers = {"Authorization": "Bearer simulated-key"}
                stalled = asyncio.create_task(client.get(f"/v3/grants/{grant}/messages", headers=headers))
                for _ in range(1000):
                    if (await admin.calls())["total"]:
                        break
                began = time.monotonic()
                assert await asyncio.to_thread(running.stop) == 0
                assert time.monotonic() - began < 2
                (end,) = await asyncio.gather(stalled, return_exceptions=True)
                assert isinstance(end, httpx.HTTPError), "a dead server gives no answer"
