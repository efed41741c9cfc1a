"""The HTTP API: what it accepts, returns and refuses."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.runtime.operators.log import OperatorLog
from mailtide_harness.notifier import ADMIN_TOKEN, Harness, Mailroom, Receiver, raised
from mailtide_harness.scheduler import is_problem
from mailtide_notifier.api.dependencies import UseCases
from mailtide_notifier.api.routes import create_api


@pytest.fixture
async def api(harness: Harness) -> AsyncIterator[httpx.AsyncClient]:
    app = create_api(SecretStr(ADMIN_TOKEN))
    app.state.use_cases = UseCases(
        harness.pool, harness.channels, harness.rules, OperatorLog(harness.pool, acquire_seconds=5.0)
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://notifier",
        headers={"authorization": f"Bearer {ADMIN_TOKEN}"},
    ) as client:
        yield client


async def a_channel(api: httpx.AsyncClient, url: str, **more: Any) -> dict[str, Any]:
    kind = "webhook" if url.startswith("http") else "apprise"
    answer = await api.post("/api/channels", json={"name": "ops", "kind": kind, "url": url, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_channel_is_created_shown_changed_silenced_and_deleted(
    api: httpx.AsyncClient, harness: Harness, receiver: Receiver
) -> None:
    created = await a_channel(api, f"{receiver.url}?key=s3cret", alerts=["grant-invalid"])
    path = f"/api/channels/{created['id']}"
    assert created["signing_secret"].startswith("whsec_")
    assert created["url"].endswith("/…")
    shown = (await api.get(path)).json()
    assert shown == {name: value for name, value in created.items() if name != "signing_secret"}
    quiet = {"from": "22:00:00", "until": "07:00:00", "time_zone": "Europe/Berlin"}
    changed = (await api.put(path, json={"name": "night", "quiet": quiet, "digest_seconds": 5})).json()
    assert (changed["name"], changed["quiet"], changed["alerts"]) == ("night", quiet, None)
    silenced = (await api.post(f"{path}/silence", json={"until": "2999-01-01T00:00:00Z"})).json()
    assert silenced["silenced_until"] == "2999-01-01T00:00:00Z"
    assert (await api.post(f"{path}/silence", json={"until": None})).json()["silenced_until"] is None
    moved = await api.put(path, json={"name": "night", "url": "https://example.com/x"})
    assert moved.json()["url"] == "https://example.com/…"
    assert [each["name"] for each in (await api.get("/api/channels")).json()["channels"]] == ["night"]
    rotated = (await api.post(f"{path}/rotate-secret", json={"overlap_seconds": 60})).json()
    assert rotated["signing_secret"].startswith("whsec_")
    assert rotated["signing_secret"] != created["signing_secret"]
    assert rotated["previous_secret_until"] is not None
    rows = str(await harness.pool.fetch("SELECT * FROM notice_channels"))
    assert rotated["signing_secret"] not in rows
    assert "s3cret" not in rows
    assert created["signing_secret"] not in rows
    assert (await api.delete(path)).status_code == 204
    for method, where in (("GET", path), ("DELETE", path), ("POST", f"{path}/test")):
        assert is_problem(await api.request(method, where), 404)
    assert is_problem(await api.post(f"{path}/rotate-secret", json={}), 404)
    mail = await a_channel(api, "mailtos://user:password@example.com")
    assert is_problem(await api.post(f"/api/channels/{mail['id']}/rotate-secret", json={}), 422)
    assert is_problem(await api.put(path, json={"name": "x"}), 404)


@pytest.mark.parametrize(
    "odd",
    [
        {"url": "ftp://s3cret"},
        {"url": "http:///s3cret"},
        {"kind": "apprise", "url": "nonsense://s3cret"},
        {"kind": "apprise", "url": "syslog://s3cret"},
        {"kind": "apprise", "url": "slack://s3cret"},
        {"url": ""},
        {"name": " "},
        {"name": "a\x00"},
        {"quiet": {"from": "07:00", "until": "07:00"}},
        {"quiet": {"from": "07:00", "until": "08:00", "time_zone": "Nowhere/s3cret"}},
        {"quiet": {"from": "07:00", "until": "08:00", "time_zone": "../etc/passwd"}},
        {"digest_seconds": -1},
        {"reminder_seconds": 1},
        {"alerts": ["nothing"]},
        {"more": 1},
    ],
)
async def test_a_channel_that_cannot_work_is_refused_without_its_secret(
    api: httpx.AsyncClient, odd: dict[str, Any]
) -> None:
    answer = await api.post(
        "/api/channels", json={"name": "x", "kind": "webhook", "url": "http://s3cret/", **odd}
    )
    assert is_problem(answer, 422)
    assert "s3cret" not in answer.text


async def test_a_name_is_taken_once(api: httpx.AsyncClient, receiver: Receiver) -> None:
    first = await a_channel(api, receiver.url)
    second = await a_channel(api, receiver.url, name="other")
    body = {"name": "ops", "kind": "webhook", "url": receiver.url}
    assert is_problem(await api.post("/api/channels", json=body), 409)
    assert is_problem(await api.put(f"/api/channels/{second['id']}", json={"name": "ops"}), 409)
    rule = {"name": "r", "channels": [first["id"]]}
    assert (await api.post("/api/rules", json=rule)).status_code == 201
    assert is_problem(await api.post("/api/rules", json=rule), 409)


async def test_a_test_notice_arrives_or_says_why_not(
    api: httpx.AsyncClient, receiver: Receiver, mailroom: Mailroom
) -> None:
    hook = await a_channel(api, receiver.url)
    mail = await a_channel(api, mailroom.url, name="mail")
    for channel in (hook, mail):
        answer = await api.post(f"/api/channels/{channel['id']}/test")
        assert answer.json() == {"delivered": True, "error": None}
    assert b"mailtide.test" in receiver.requests[0][1]
    assert mailroom.mails[0]["subject"] == "Mailtide: a test"
    receiver.status = 500
    answer = await api.post(f"/api/channels/{hook['id']}/test")
    assert answer.json() == {"delivered": False, "error": "the receiver answered 500"}


async def test_a_rule_is_created_shown_changed_and_deleted(
    api: httpx.AsyncClient, receiver: Receiver
) -> None:
    channel = await a_channel(api, receiver.url)
    body = {
        "name": "VIP",
        "channels": [channel["id"]],
        "conditions": {"senders": ["*@example.com"], "starred": True},
        "template": "$sender",
        "max_per_hour": 5,
    }
    created = (await api.post("/api/rules", json=body)).json()
    path = f"/api/rules/{created['id']}"
    assert created["conditions"]["folder_roles"] == ["inbox"]
    assert (await api.get(path)).json() == created
    changed = (await api.put(path, json={"name": "VIP", "enabled": False, "channels": []})).json()
    assert (changed["enabled"], changed["channels"], changed["template"]) == (False, [], None)
    assert [rule["id"] for rule in (await api.get("/api/rules")).json()["rules"]] == [created["id"]]
    assert is_problem(await api.put(path, json={**body, "channels": [str(uuid4())]}), 422)
    assert is_problem(await api.post("/api/rules", json={**body, "name": "b", "template": "$x"}), 422)
    assert (await api.delete(path)).status_code == 204
    assert is_problem(await api.get(path), 404)
    assert is_problem(await api.put(path, json=body), 404)


async def test_deliveries_are_listed_in_pages_and_dead_ones_sent_again(
    api: httpx.AsyncClient, harness: Harness, receiver: Receiver
) -> None:
    channel = await a_channel(api, receiver.url, digest_seconds=0)
    for number in range(3):
        await harness.alerts(raised(f"g{number}"))
        await harness.delivered()
    receiver.status = 410
    await harness.alerts(raised("g3"))
    await harness.delivered()
    page = (await api.get("/api/deliveries", params={"limit": 3})).json()
    assert [each["state"] for each in page["deliveries"]] == ["dead", "sent", "sent"]
    assert page["deliveries"][0]["label"] == "A mailbox must be connected again: g3"
    rest = (await api.get("/api/deliveries", params={"limit": 3, "cursor": page["next_cursor"]})).json()
    assert (len(rest["deliveries"]), rest["next_cursor"]) == (1, None)
    dead = (await api.get("/api/deliveries", params={"state": "dead", "channel_id": channel["id"]})).json()
    (only,) = dead["deliveries"]
    assert (await api.post(f"/api/deliveries/{only['id']}/retry")).status_code == 202
    assert is_problem(await api.post(f"/api/deliveries/{only['id']}/retry"), 404)


async def test_changes_are_recorded_without_secrets_and_conditions(
    api: httpx.AsyncClient, harness: Harness, receiver: Receiver
) -> None:
    named = {OPERATOR_HEADER: "Ada"}
    channel = await a_channel(api, f"{receiver.url}?key=s3cret")
    path = f"/api/channels/{channel['id']}"
    await api.put(
        path, json={"name": "ops", "url": f"{receiver.url}?key=s3cret", "digest_seconds": 5}, headers=named
    )
    conditions = {"senders": ["boss@example.com"], "subject_words": ["offer"]}
    rule = {
        "name": "boss",
        "channels": [channel["id"]],
        "conditions": conditions,
        "template": "An offer: $subject",
    }
    created = await api.post("/api/rules", json=rule, headers=named)
    assert created.status_code == 201, created.text
    await api.post("/api/rules", json=rule, headers=named)
    await api.delete(path, headers=named)
    rows = await harness.pool.fetch("SELECT * FROM operator_actions ORDER BY at")
    settings = {"name": "boss", "channels": [channel["id"]]}
    assert [(row["operator"], row["action"], row["detail"], row["status"]) for row in rows] == [
        (None, "create_channel", {"name": "ops", "kind": "webhook"}, 201),
        ("Ada", "update_channel", {"channel_id": channel["id"], "name": "ops", "digest_seconds": 5}, 200),
        ("Ada", "create_rule", settings, 201),
        ("Ada", "create_rule", settings, 409),
        ("Ada", "delete_channel", {"channel_id": channel["id"]}, 204),
    ]
    assert [row["error"] for row in rows if row["status"] == 409] == [
        "another rule has this name: choose another one"
    ]


async def test_strangers_get_nothing(api: httpx.AsyncClient) -> None:
    for path in ("/api/channels", "/api/rules", "/api/deliveries", "/api/unknown"):
        assert is_problem(await api.get(path, headers={"authorization": "Bearer x"}), 401)
    assert is_problem(await api.get("/api/unknown"), 404)


async def test_until_it_is_composed_the_api_is_unavailable() -> None:
    app = create_api(SecretStr(ADMIN_TOKEN))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notifier") as client:
        answer = await client.get("/api/rules", headers={"authorization": f"Bearer {ADMIN_TOKEN}"})
    assert is_problem(answer, 503)


async def test_a_rule_is_refused_if_its_channel_is_deleted_meanwhile(
    api: httpx.AsyncClient, harness: Harness, receiver: Receiver
) -> None:
    channel = await a_channel(api, receiver.url)
    async with harness.pool.acquire() as other, other.transaction():
        await other.execute("DELETE FROM notice_channels WHERE id = $1", UUID(channel["id"]))
        saving = asyncio.create_task(
            api.post("/api/rules", json={"name": "VIP", "channels": [channel["id"]]})
        )
        done, _ = await asyncio.wait([saving], timeout=1)
        assert not done
    answer = await saving
    assert answer.status_code == 422, answer.text
    assert "belongs to no channel" in answer.text
