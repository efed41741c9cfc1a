"""What the tests with the official SDKs share: fixture types, the Node program, checks of what a receiver got."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.receiver import Received, WebhookReceiver

NewBox = Callable[..., Awaitable[tuple[str, str]]]
NewHook = Callable[..., tuple[Any, str]]
NewFault = Callable[..., Awaitable[int]]
CALLBACK = "http://app.example.com/callback?tenant=1"
NODE = Path(__file__).parent / "node"
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


async def run(*command: str, timeout: float) -> bytes:
    """The output of a program that has to succeed in time."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=NODE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        said, complained = await asyncio.wait_for(process.communicate(), timeout)
    except TimeoutError:
        process.kill()
        await process.wait()
        pytest.fail(f"{' '.join(command[:2])} took longer than {timeout} s")
    assert process.returncode == 0, f"{' '.join(command[:2])} failed: {complained.decode()[-2000:]}"
    return said
