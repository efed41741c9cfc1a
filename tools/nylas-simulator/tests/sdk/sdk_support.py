"""What the contract tests by the Python SDK share: fixture types, and looks at what a receiver was sent."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.receiver import Received, WebhookReceiver

NewBox = Callable[..., Awaitable[tuple[str, str]]]
NewHook = Callable[..., tuple[Any, str]]
NewFault = Callable[..., Awaitable[int]]
CALLBACK = "http://app.example.com/callback?tenant=1"
STRANGE = "<a/b#c@x y>"


def is_signed(delivery: Received, secret: str) -> bool:
    expected = hmac.new(secret.encode(), delivery.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, delivery.signature)


def at(path: str, number: int) -> Callable[[list[Received]], bool]:
    return lambda received: sum(one.path == path for one in received) >= number


def only(receiver: WebhookReceiver, path: str) -> list[Received]:
    return [one for one in receiver.received if one.path == path]


async def settle(admin: SimulatorAdmin) -> None:
    assert await admin.wait_idle(10)
