"""Delivers webhooks: signed, with bounded concurrency, and retried as by Nylas, but sooner. Logs attempts."""

import asyncio
import gzip
import hashlib
import hmac
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import httpx

from mailtide_nylas_simulator.faults.switches import Fault, FaultBook
from mailtide_nylas_simulator.mail.model import Json

from .destinations import DELIVERING, Destination, DestinationBook
from .notifications import LACKING, Lacking, Notification

RETRIED = frozenset({408, 429, 502, 503, 504, 507})
"""Nylas retries after these statuses and if there is no answer, but not after other errors, such as 500."""

Outcome = Literal["pending", "delivered", "refused", "exhausted", "dropped", "withheld"]
_CHALLENGE_TIMEOUT = 10.0
_UNKNOWN_SECRET = "not-the-secret"  # noqa: S105 - of a fault


@dataclass(slots=True)
class SenderSettings:
    """Settings of deliveries.

    Args:
        delays: Seconds before each attempt but the first. Their number limits the attempts.
        timeout: Maximum wait, in seconds, for a connection, and for each part of an answer.
        concurrency: Maximum number of deliveries in flight.
        most_bytes: The size above which a message is sent truncated.
    """

    delays: tuple[float, ...] = (0.2, 1.0)
    timeout: float = 10.0
    concurrency: int = 32
    most_bytes: int = 1_000_000


@dataclass(slots=True)
class Delivery:
    """A notification for one destination, with its attempts and outcome.

    ``copy_of`` is the number of the delivery of which a fault made this copy.
    """

    number: int
    notification: Notification
    destination: Destination
    emitted_at: float
    type: str
    copy_of: int | None = None
    attempts: list[Json] = field(default_factory=list)
    outcome: Outcome = "pending"

    def shape(self) -> Json:
        """Return the delivery as the admin API shows it. An attempt without an answer has the status null."""
        return {
            "number": self.number,
            "notification_id": self.notification.id,
            "type": self.type,
            "grant_id": self.notification.grant_id,
            "object_id": self.notification.object_id,
            "destination_id": self.destination.id,
            "url": self.destination.webhook_url,
            "copy_of": self.copy_of,
            "emitted_at": self.emitted_at,
            "attempts": self.attempts,
            "outcome": self.outcome,
        }


class Sender:
    """Delivers notifications from a queue by a fixed number of workers, each with its own HTTP client."""

    def __init__(self, destinations: DestinationBook, faults: FaultBook, settings: SenderSettings) -> None:
        self.settings = settings
        self.log: list[Delivery] = []
        self._destinations = destinations
        self._faults = faults
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._pending = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._client: httpx.AsyncClient | None = None
        self._workers: list[asyncio.Task[None]] = []

    @property
    def pending(self) -> int:
        """The number of deliveries that are delayed, queued, in flight, or waiting for a retry."""
        return self._pending

    def start(self) -> None:
        trust = httpx.create_ssl_context(trust_env=False)
        self._client = _client(trust)
        self._workers = [
            asyncio.create_task(self._work(_client(trust)), name=f"delivery-{n}")
            for n in range(self.settings.concurrency)
        ]

    async def stop(self) -> None:
        """Stop the workers at once. Queued deliveries are not sent."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def wait_idle(self, timeout: float) -> bool:
        """Wait until no delivery is pending. Return False if one still is after ``timeout`` seconds."""
        if self._idle.is_set():  # `wait_for` does not look if the timeout is 0
            return True
        try:
            await asyncio.wait_for(self._idle.wait(), timeout)
        except TimeoutError:
            return False
        return True

    def wanted(self, kind: str) -> bool:
        """Return whether any destination subscribes to this trigger."""
        return any(True for _ in self._takers(kind))

    def publish(self, notification: Notification) -> None:
        """Log and queue a delivery for every destination that subscribes to the notification's type.

        The status of the destination, or a fault, can keep a delivery out of the queue. A fault can add
        copies.
        """
        for destination in self._takers(notification.type):
            first = self._record(notification, destination)
            if destination.status not in DELIVERING:
                first.outcome = "withheld"
            elif self._strike("drop", notification):
                first.outcome = "dropped"
            else:
                self._release(first)
                copies = self._strike("duplicate", notification)
                for _ in range(int(copies.number("times", 1)) if copies else 0):
                    self._release(self._record(notification, destination, first.number))

    async def challenge(self, url: str, value: str) -> str | None:
        """Send the challenge to a URL. Return None if the answer is correct, else what is wrong with it."""
        try:
            # httpx's own parameter `params` would replace the query of the URL
            challenged = httpx.URL(url).copy_merge_params({"challenge": value})
            response = await self._ready().get(challenged)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            return "invalid URL, it must be like https://host/path"
        except httpx.HTTPError as error:
            return f"no answer: {type(error).__name__}"
        if response.status_code != 200:
            return f"status is not ok, got {response.status_code}"
        if "chunked" in response.headers.get("transfer-encoding", ""):
            return "response is chunked"
        return None if response.content == value.encode() else "challenge does not match"

    def _takers(self, kind: str) -> Iterator[Destination]:
        """Return the destinations that subscribe to a type, or to it without a suffix like ``.truncated``."""
        return (
            d
            for d in self._destinations
            if any(kind == t or kind.startswith(f"{t}.") for t in d.trigger_types)
        )

    def _record(
        self, notification: Notification, destination: Destination, copy_of: int | None = None
    ) -> Delivery:
        made = Delivery(len(self.log), notification, destination, time.time(), notification.type, copy_of)
        self.log.append(made)
        return made

    def _strike(self, kind: str, notification: Notification) -> Fault | None:
        return self._faults.strike(kind, grant=notification.grant_id, trigger=notification.type)

    def _release(self, delivery: Delivery) -> None:
        self._pending += 1
        self._idle.clear()
        wait = 0.0
        if late := self._strike("delay", delivery.notification):
            wait += late.number("seconds", 1)
        if window := self._strike("shuffle", delivery.notification):
            wait += self._faults.draw().uniform(0, window.number("seconds", 1))
        self._later(delivery, wait)

    def _later(self, delivery: Delivery, seconds: float) -> None:
        if seconds <= 0:
            self._queue.put_nowait(delivery)
        else:
            asyncio.get_running_loop().call_later(seconds, self._queue.put_nowait, delivery)

    def _finish(self, delivery: Delivery, outcome: Outcome) -> None:
        delivery.outcome = outcome
        self._pending -= 1
        if self._pending == 0:
            self._idle.set()

    async def _work(self, client: httpx.AsyncClient) -> None:
        async with client:
            while True:
                delivery = await self._queue.get()
                known = self._destinations.get(delivery.destination.id) is not None
                if known and delivery.destination.status in DELIVERING:
                    await self._attempt(client, delivery)
                else:
                    self._finish(delivery, "withheld")

    async def _attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        """Send a delivery once, and log the answer, which may change the destination's status.

        Then finish the delivery, or queue it again.
        """
        number = len(delivery.attempts) + 1
        body, headers = self._sealed(delivery, number)
        began = time.time()
        status, problem = await self._post(client, delivery.destination.webhook_url, body, headers)
        delivery.attempts.append(
            {
                "attempt": number,
                "at": began,
                "seconds": round(time.time() - began, 6),
                "status": status,
                "problem": problem,
                "bytes": len(body),
            }
        )
        self._destinations.record(delivery.destination, good=status == 200)
        if status == 200:
            self._finish(delivery, "delivered")
        elif status is not None and status not in RETRIED:
            self._finish(delivery, "refused")
        elif number > len(self.settings.delays):
            self._finish(delivery, "exhausted")
        else:
            self._later(delivery, self.settings.delays[number - 1])

    def _ready(self) -> httpx.AsyncClient:
        if self._client is None:
            raise RuntimeError(
                "no challenge can be sent before Sender.start(), which the application's lifespan calls"
            )
        return self._client

    def _lacking(self, notice: Notification) -> Lacking | None:
        """Return the fields that a fault empties, or with ``omit`` removes. None if no fault strikes."""
        for kind, lacking in LACKING.items() if notice.can_lack else ():
            if (fault := self._strike(kind, notice)) is not None:
                return replace(lacking, omit=bool(fault.options.get("omit")))
        return None

    async def _post(
        self, client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int | None, str | None]:
        try:
            response = await client.post(url, content=body, headers=headers, timeout=self.settings.timeout)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return None, type(error).__name__
        return response.status_code, None

    def _sealed(self, delivery: Delivery, number: int) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of attempt `number`: compressed if wanted, then signed.

        Faults can alter both. Also set the delivery's type.
        """
        notice, destination = delivery.notification, delivery.destination
        delivery.type, body = notice.body(number, self.settings.most_bytes, self._lacking(notice))
        headers = {"content-type": "application/json", "user-agent": "Nylas Simulator"}
        if destination.compressed_delivery or self._strike("compress", notice):
            body = gzip.compress(body, compresslevel=6, mtime=0)
            headers["content-encoding"] = "gzip"
        secret = destination.secret
        if self._strike("old_secret", notice):
            secret = destination.previous_secret or _UNKNOWN_SECRET
        if self._strike("wrong_secret", notice):
            secret = _UNKNOWN_SECRET
        headers["x-nylas-signature"] = signature(secret, body)
        if body and self._strike("tamper", notice):
            body = body[:-1] + bytes([body[-1] ^ 1])
        return body, headers


def _client(trust: ssl.SSLContext) -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=trust, timeout=_CHALLENGE_TIMEOUT, trust_env=False)


def signature(secret: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of the bytes that are sent, as lower-case hex (docs: Webhooks, signature)."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
