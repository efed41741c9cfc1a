"""Shared by the ingress' tests: stand-ins are passed in, nothing is patched."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import httpx

from mailtide_common.contracts.codec import Record, encode
from mailtide_common.contracts.events import WebhookSecret
from mailtide_common.contracts.times import UnixSeconds, in_micros
from mailtide_common.contracts.topics import WEBHOOK_SECRETS
from mailtide_common.runtime.crypto import SecretBox

SECRET = "secret-1"
NOW = in_micros(UnixSeconds(1_763_950_000))
BOX = SecretBox("a-secret-key-for-tests")


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the header that Nylas sends, computed independently of the code under test."""
    return {"x-nylas-signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def notification(grant: str = "g-1", id_: str = "n-1", **more: Any) -> bytes:
    return json.dumps(
        {"type": "message.created", "id": id_, "data": {"object": {"grant_id": grant, "id": "m"}}, **more}
    ).encode()


def secret_event(
    secret: str | None,
    status: Literal["pending", "current", "previous"] = "current",
    *,
    destination: str = "w-1",
    changed_at: int = NOW,
    expires_at: int | None = None,
) -> WebhookSecret:
    return WebhookSecret(
        destination_id=destination,
        status=status,
        ciphertext=None if secret is None else BOX.encrypt(secret),
        changed_at=changed_at,
        expires_at=expires_at,
    )


def secret_record(event: WebhookSecret) -> Record:
    encoded = encode(event, source="scheduler")
    return record(encoded.key, encoded.value, encoded.headers)


def record(key: bytes, value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()) -> Record:
    now = int(datetime.now(UTC).timestamp() * 1_000)
    return Record(WEBHOOK_SECRETS.name, 0, 0, key, value, headers, now)


class FakeFollower:
    """Applies the secrets that are waiting when it is asked to refresh."""

    def __init__(self) -> None:
        self.ready = True
        self.error: Exception | None = None
        self.seconds = 0.0
        self.refreshes = 0
        self.waiting: list[Any] = []

    async def refresh(self) -> None:
        self.refreshes += 1
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        while self.waiting:
            self.waiting.pop(0)()


def browser(app: Any, base_url: str = "http://mail.test") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=base_url
    )
