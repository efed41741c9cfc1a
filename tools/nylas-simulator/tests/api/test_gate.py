"""The gate before the API: counted calls, and faults only where they are switched on."""

import asyncio
from typing import Any

import httpx
import pytest


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


async def test_each_broken_message_is_broken_once_it_is_shown(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    whole = (await messages(client, grant, limit=50)).json()["data"]
    for message in (whole[3], whole[4]):
        await switch_on(client, "broken_message", id=message["id"], how="no_object", remaining=1)
    assert (await messages(client, grant, limit=2)).json()["data"] == whole[:2]
    broken = (await messages(client, grant, limit=5)).json()["data"]
    assert broken == [*whole[:3], "a message", "a message"]
    assert (await messages(client, grant, limit=5)).json()["data"] == whole[:5]


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
    await client.get(f"/v3/grants/a@example.com/messages/{found['id']}")
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


async def test_me_is_the_grant_of_the_access_token(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    fields = {"grant_type": "client_credentials", "client_secret": "key", "grant_id": grant}
    token = (await client.post("/v3/connect/token", json=fields)).json()["access_token"]
    await switch_on(client, "not_found", grant=grant, remaining=1)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/v3/grants/me/messages", headers=headers)).status_code == 404
    assert (await client.get("/v3/grants/me/messages", headers=headers)).status_code == 200
    assert (await client.get("/admin/calls")).json()["grants"][grant] == {"GET /messages": 2}
