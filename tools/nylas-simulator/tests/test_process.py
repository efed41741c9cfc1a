"""The simulator as a process: it says when it listens, ends at once, and lies only where it was told to."""

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from mailtide_nylas_simulator.api.oauth import verifies
from mailtide_nylas_simulator.app import create_app
from mailtide_nylas_simulator.mail.seed import MailboxPlan, seeded
from mailtide_nylas_simulator.testing.client import SimulatorAdmin
from mailtide_nylas_simulator.testing.process import SimulatorProcess
from mailtide_nylas_simulator.world import World

EMAIL = "a@example.com"


@pytest.fixture
async def api() -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    world = World("client", "key", 1)
    world.adopt(seeded(MailboxPlan(EMAIL, count=30)))
    grant = world.connect(EMAIL).id
    transport = httpx.ASGITransport(create_app(world))
    headers = {"Authorization": "Bearer key"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sim", headers=headers) as client:
        yield client, grant


async def messages(client: httpx.AsyncClient, grant: str, **query: Any) -> httpx.Response:
    return await client.get(f"/v3/grants/{grant}/messages", params=query)


async def switch_on(client: httpx.AsyncClient, kind: str, **options: Any) -> None:
    answer = await client.post("/admin/faults", json={"kind": kind, **options})
    assert answer.status_code == 200, answer.text


async def test_a_page_may_be_smaller_than_asked_for(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    whole = [message["id"] for message in (await messages(client, grant, limit=50)).json()["data"]]
    await switch_on(client, "small_pages", grant=grant, most=3)
    first = (await messages(client, grant, limit=50)).json()
    rest = (await messages(client, grant, limit=50, page_token=first["next_cursor"])).json()
    assert [message["id"] for message in first["data"] + rest["data"]] == whole[:6]


async def test_listing_lies(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    await switch_on(client, "empty_listing", grant=grant, remaining=1)
    assert (await messages(client, grant)).json()["data"] == []
    await switch_on(client, "short_page", grant=grant, remaining=1)
    assert len((await messages(client, grant, limit=10)).json()["data"]) == 5
    await switch_on(client, "lost_cursor", grant=grant, remaining=1)
    assert (await messages(client, grant, limit=10)).json()["next_cursor"] is None
    first = (await messages(client, grant, limit=10)).json()
    await switch_on(client, "repeated_cursor", grant=grant, remaining=1)
    again = (await messages(client, grant, limit=10, page_token=first["next_cursor"])).json()
    assert again["next_cursor"] == first["next_cursor"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("rate_limit", 429),
        ("provider_rate_limit", 429),
        ("server_error", 503),
        ("html", 200),
        ("unauthorized", 401),
        ("not_found", 404),
    ],
)
async def test_answers_that_are_not_true(api: tuple[httpx.AsyncClient, str], kind: str, status: int) -> None:
    client, grant = api
    await switch_on(client, kind, path="*/messages", remaining=1)
    answer = await messages(client, grant)
    assert answer.status_code == status
    assert answer.headers["x-request-id"]
    assert ("retry-after" in answer.headers) == (kind == "provider_rate_limit")
    assert (await messages(client, grant)).json()["data"]


async def test_calls_are_counted_by_grant_and_shape(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    await client.post("/admin/calls/reset")
    found = (await messages(client, grant, limit=1)).json()["data"][0]
    await client.get(f"/v3/grants/{EMAIL}/messages/{found['id']}")
    await client.get("/v3/grants")
    counted = (await client.get("/admin/calls")).json()
    assert counted["grants"] == {
        grant: {"GET /messages": 1, "GET /messages/{id}": 1},
        "-": {"GET /v3/grants": 1},
    }
    assert (counted["total"], counted["statuses"]) == (3, {"200": 3})


async def test_overlapping_calls_are_refused_on_demand(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    await switch_on(client, "concurrency", grant=grant, limit=3)
    await switch_on(client, "latency", grant=grant, seconds=0.05)
    answers = await asyncio.gather(*(messages(client, grant, limit=1) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 429, 429, 429]
    assert (await client.get("/admin/calls")).json()["peak_concurrency"][grant] == 6


async def test_the_truth_holds_everything(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    found = (await messages(client, grant, limit=200)).json()["data"]
    await client.delete(f"/v3/grants/{grant}/messages/{found[0]['id']}?hard_delete=true")
    truth = (await client.get(f"/admin/grants/{grant}/truth")).json()
    assert truth["messages"] == found[1:]
    assert truth["deleted"] == [found[0]["id"]]
    assert truth["grant"]["id"] == grant
    digest = (await client.get(f"/admin/grants/{grant}/truth?bodies=digest")).json()["messages"][0]
    assert "body" not in digest
    assert len(digest["body_sha256"]) == 64


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


@pytest.mark.parametrize("method", ["S256", "s256"])
def test_both_spellings_of_the_pkce_method_are_one(method: str) -> None:
    """`@nylas/connect` sends S256 with the digest that the SDKs send with s256."""
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).hexdigest()
    challenge = base64.b64encode(digest.encode()).decode().rstrip("=")
    assert verifies(verifier, challenge, method)
    assert not verifies(secrets.token_urlsafe(64), challenge, method)
    assert not verifies(None, challenge, method)
