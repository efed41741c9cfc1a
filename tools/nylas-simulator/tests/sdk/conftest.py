"""One simulator process and one webhook receiver, which all contract tests share."""

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from typing import Any

import httpx
import nylas
import pytest

from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.process import SimulatorProcess
from mailtide_nylas_simulator.testing.receiver import WebhookReceiver

from .sdk_support import NODE, NewBox, NewHook, run

KEY = "simulated-key"
_numbers = count(1)


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess.start("--seed", "7", "--retry-delays", "0.05,0.1") as running:
        yield running


@pytest.fixture(scope="session")
def listening() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture
def receiver(listening: WebhookReceiver) -> WebhookReceiver:
    listening.clear()
    return listening


@pytest.fixture(scope="session")
async def admin(simulator: SimulatorProcess) -> AsyncIterator[SimulatorAdmin]:
    async with SimulatorAdmin(simulator.url) as client:
        yield client


@pytest.fixture(scope="session")
def sdk(simulator: SimulatorProcess) -> nylas.Client:
    return nylas.Client(KEY, simulator.url, timeout=10)


@pytest.fixture
async def http(simulator: SimulatorProcess) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=simulator.url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture
async def faults(admin: SimulatorAdmin) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Switches a fault on until the test ends."""
    yield admin.fault
    await admin.clear_faults()


@pytest.fixture
def new_box(admin: SimulatorAdmin) -> NewBox:
    """Makes and connects a mailbox of its own: ``(address, grant id)``."""

    async def make(**plan: Any) -> tuple[str, str]:
        email = f"box{next(_numbers)}@example.com"
        await admin.create_mailbox(email, **{"count": 12, **plan})
        return email, await admin.connect(email)

    return make


@pytest.fixture
async def new_hook(sdk: nylas.Client, receiver: WebhookReceiver) -> AsyncIterator[NewHook]:
    """Makes a destination at a path of its own: ``(webhook, path)``; it is removed when the test ends."""
    made: list[str] = []

    def make(*triggers: str, **options: Any) -> tuple[Any, str]:
        path = f"/hook{next(_numbers)}"
        wanted = {"trigger_types": list(triggers), "webhook_url": receiver.url(path), **options}
        webhook = sdk.webhooks.create(wanted).data
        made.append(webhook.id)
        return webhook, path

    yield make
    known = {webhook.id for webhook in sdk.webhooks.list().data}
    for webhook_id in known.intersection(made):
        sdk.webhooks.destroy(webhook_id)


@pytest.fixture(scope="session")
async def node() -> str:
    """The path of Node, with the SDK installed next to the cases."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("node and npm are needed for the contract tests with the official Node SDK")
    installed = NODE / "node_modules" / "nylas" / "package.json"
    wanted = json.loads((NODE / "package.json").read_text())["dependencies"]["nylas"]
    if not installed.exists() or json.loads(installed.read_text())["version"] != wanted:
        await run(npm, "ci", "--no-audit", "--no-fund", timeout=120)
    return found
