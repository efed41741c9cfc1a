"""Destinations: what a creation or a change refuses."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from mailtide_nylas_simulator.app import create_app
from mailtide_nylas_simulator.testing.receiver import WebhookReceiver
from mailtide_nylas_simulator.world import World


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as listening:
        yield listening


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    world = World("client", "key", 1)
    transport = httpx.ASGITransport(create_app(world))
    headers = {"Authorization": "Bearer key"}
    world.sender.start()
    async with httpx.AsyncClient(transport=transport, base_url="http://sim", headers=headers) as made:
        yield made
    await world.sender.stop()


async def test_a_change_is_checked_as_a_creation_is(
    client: httpx.AsyncClient, receiver: WebhookReceiver
) -> None:
    wanted = {"trigger_types": ["message.created"]}
    ids = [
        (await client.post("/v3/webhooks", json={**wanted, "webhook_url": receiver.url(path)})).json()[
            "data"
        ]["id"]
        for path in ("/one", "/two")
    ]
    for change, said in (
        ({"webhook_url": receiver.url("/two")}, f"webhook_url is already in use by the destination {ids[1]}"),
        ({"webhook_url": 5}, "webhook_url must be a string"),
        (
            {"webhook_url": "hook"},
            "unable.verify.webhook_url : invalid URL, it must be like https://host/path",
        ),
        ({"compressed_delivery": "false"}, "compressed_delivery must be true or false"),
        ({"trigger_types": "message.created"}, "trigger_types must be a list of strings"),
    ):
        for answer in (
            await client.put(f"/v3/webhooks/{ids[0]}", json=change),
            await client.post("/v3/webhooks", json={"webhook_url": receiver.url("/new"), **wanted, **change}),
        ):
            assert (answer.status_code, answer.json()["error"]["message"]) == (400, said)
    shown = (await client.get(f"/v3/webhooks/{ids[0]}")).json()["data"]
    assert (shown["webhook_url"], shown["trigger_types"]) == (receiver.url("/one"), ["message.created"])
    same = await client.put(f"/v3/webhooks/{ids[0]}", json={"webhook_url": receiver.url("/one")})
    assert same.status_code == 200
