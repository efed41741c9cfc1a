"""The scheduler with a stand-in for the webhook routes of Nylas, passed in as a transport."""

import itertools
import json
from typing import Any

import asyncpg
import httpx

from mailtide_common.contracts.events import AlertKind, WebhookSecret
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.runtime.crypto import SecretBox
from mailtide_harness.publisher import RecordingPublisher
from mailtide_harness.scheduler import INTERVALS, Harness
from mailtide_nylas import NylasClient
from mailtide_nylas.paths import APPLICATION
from mailtide_scheduler import limits
from mailtide_scheduler.webhooks.destination import DestinationEnsurer, Wanted
from mailtide_scheduler.webhooks.outage import OutageWatch
from mailtide_scheduler.webhooks.reconciler import WebhookReconciler
from mailtide_scheduler.webhooks.secret_publisher import SecretPublisher
from mailtide_scheduler.webhooks.silence import SilenceDetector

BOX = SecretBox("key")
URL = "https://mail.test/api/webhooks/nylas"


class NylasStub:
    """Stores destinations; on request it refuses calls, or fails after executing them."""

    def __init__(self) -> None:
        self.destinations: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.refuse_challenge = False
        self.refuse_list = False
        self.down = False
        self.refuse_key = False
        self._secrets = itertools.count(1)

    def client(self) -> NylasClient:
        return NylasClient("https://nylas.test", "key", "client", transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path}")
        refused = self._refusal(request.method)
        if refused is not None:
            return httpx.Response(refused, json={})
        body = json.loads(request.content or b"{}")
        match request.method, request.url.path.split("/")[3:]:
            case "GET", []:
                application = request.url.path == APPLICATION
                shown = [_shown(each) for each in self.destinations.values()]
                return self._ok({"application_id": "client"} if application else shown)
            case "POST", []:
                return self._create(body)
            case "PUT", [id_]:
                self.destinations[id_] |= body
                return self._ok(_shown(self.destinations[id_]))
            case "POST", ["rotate-secret", id_]:
                self.destinations[id_]["webhook_secret"] = self._secret()
                return self._ok(self.destinations[id_])
            case _:
                return httpx.Response(404, json={"error": {"type": "not_found_error"}})

    def _refusal(self, method: str) -> int | None:
        if self.down or self.refuse_key:
            return 503 if self.down else 401
        return 403 if self.refuse_list and method == "GET" else None

    def secret(self, id_: str) -> str:
        return str(self.destinations[id_]["webhook_secret"])

    def _create(self, body: dict[str, Any]) -> httpx.Response:
        if self.refuse_challenge:
            return httpx.Response(400, json={"error": {"type": "70005", "message": "unable.verify"}})
        id_ = f"w-{len(self.destinations) + 1}-{next(self._secrets)}"
        made = {**body, "id": id_, "status": "active", "webhook_secret": self._secret()}
        self.destinations[id_] = made
        return self._ok(made)

    def _secret(self) -> str:
        return f"secret-{next(self._secrets)}"

    @staticmethod
    def _ok(data: Any) -> httpx.Response:
        return httpx.Response(200, json={"request_id": "r", "data": data})


def _shown(destination: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in destination.items() if name != "webhook_secret"}


class WebhookHarness(Harness):
    """A scheduler with a webhook destination, whose notifications the test determines."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        nylas: NylasStub | None = None,
        publisher: RecordingPublisher | None = None,
        *,
        box: SecretBox = BOX,
        operator_keeps_secret: bool = False,
        managed: bool = True,
    ) -> None:
        super().__init__(pool, publisher=publisher)
        self.nylas = nylas or NylasStub()
        self.notified_at: UnixMicros | None = None
        self.asked = 0
        wanted = Wanted(URL, compressed_delivery=True, operator_keeps_secret=operator_keeps_secret)
        watch = OutageWatch(pool, INTERVALS, self.signals)
        self.ensurer = DestinationEnsurer(
            pool, self.nylas.client(), SecretPublisher(self.publisher), box, wanted, watch=watch
        )
        forget = None if operator_keeps_secret else self.ensurer.forget
        silence = SilenceDetector(
            pool, INTERVALS, self.signals, self._last_notification, forget, clock=self.clock
        )
        self.reconciler = WebhookReconciler(
            pool, self.publisher, self.ensurer, watch, silence, managed=managed, check_seconds=60.0
        )

    def beside(self, **options: Any) -> "WebhookHarness":
        """Return another scheduler of the same installation."""
        return WebhookHarness(self.pool, self.nylas, self.publisher, **options)

    async def _last_notification(self) -> UnixMicros | None:
        self.asked += 1
        return self.notified_at

    async def ensure(self) -> str:
        """Have the reconciler check the destination; return its id."""
        return (await self.reconciler.ensure()).destination_id or ""

    async def secret(self) -> str:
        return self.nylas.secret(await self.ensure())

    async def listen(self) -> list[AlertKind]:
        """Have the reconciler check for silence once; return the alerts."""
        self.now += limits.LISTEN_SECONDS
        await self.reconciler.once()
        return [alert.kind for alert in await self.alerts()]

    def secrets(self) -> list[tuple[str, str, str | None]]:
        """Return the secrets that were published since the last call."""
        return [
            (e.destination_id, e.status, None if e.ciphertext is None else BOX.decrypt(e.ciphertext))
            for e in self.publisher.taken()
            if isinstance(e, WebhookSecret)
        ]
