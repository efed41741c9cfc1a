"""Webhooks that arrive continuously while a test does something else."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.waiting import until
from mailtide_nylas_simulator.testing.client import DeliveryInfo, SimulatorAdmin
from mailtide_nylas_simulator.webhooks.sender import signature

FLOWING = 20
FLOW_SECONDS = 30
PAUSE_SECONDS = 0.1
"""Pause between two messages to one mailbox; with three mailboxes, two cores have time for something else as well."""


@asynccontextmanager
async def mail_arrives(admin: SimulatorAdmin) -> AsyncIterator[None]:
    """Deliver mail to every mailbox until the block ends; it begins once webhooks arrive.

    The log has only their deliveries.
    """
    stop = asyncio.Event()

    async def keep_delivering(email: str) -> None:
        while not stop.is_set():
            await admin.deliver(email, 1, size=3_000)
            await asyncio.sleep(PAUSE_SECONDS)

    async def flows() -> bool:
        return len(await accepted(admin)) >= FLOWING

    await admin.reset_deliveries()
    async with asyncio.TaskGroup() as streams:
        for box in await admin.mailboxes():
            streams.create_task(keep_delivering(box.email))
        try:
            await until(flows, seconds=FLOW_SECONDS, what="webhooks are accepted")
            yield
        finally:
            stop.set()
    await admin.wait_idle(FLOW_SECONDS)


async def accepted(admin: SimulatorAdmin) -> list[DeliveryInfo]:
    """Return the deliveries that were answered with 200 since the load began."""
    return await admin.deliveries(outcome="delivered", type="message.created")


class Sender:
    """Sends signed webhooks of a type that Mailtide stores and ignores, from outside the pods.

    Args:
        ingress: its URL.
        secret: the webhook secret.
        keep_alive: whether to use one connection as long as it lasts, or a new one each time.
    """

    def __init__(self, ingress: str, secret: str, *, keep_alive: bool) -> None:
        self._url = f"{ingress}{user_actions.WEBHOOKS}"
        self._secret = secret
        self._limits = httpx.Limits(max_keepalive_connections=1 if keep_alive else 0)
        self.answers: Counter[str] = Counter()
        """By status, or by the name of the error that came instead."""

    async def until_set(self, stop: asyncio.Event) -> None:
        """Send one after another until the event is set."""
        async with httpx.AsyncClient(limits=self._limits, timeout=20, trust_env=False) as client:
            while not stop.is_set():
                await self._send(client)

    async def _send(self, client: httpx.AsyncClient) -> None:
        body = json.dumps(
            {
                "specversion": "1.0",
                "type": "event.created",
                "id": str(time.time_ns()),
                "data": {"object": {"grant_id": "grant-of-nobody", "id": "e1"}},
            }
        ).encode()
        signed = {"X-Nylas-Signature": signature(self._secret, body)}
        try:
            answer = await client.post(self._url, content=body, headers=signed)
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
        else:
            self.answers[str(answer.status_code)] += 1
