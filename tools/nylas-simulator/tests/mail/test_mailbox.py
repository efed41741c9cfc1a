"""Mailboxes of the simulator: order, paging, what moving and flagging do at each provider."""

import time
from itertools import islice
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtide_nylas_simulator.api.paging import cursor_of
from mailtide_nylas_simulator.app import create_app
from mailtide_nylas_simulator.mail.mailbox import Mailbox
from mailtide_nylas_simulator.mail.model import Change, Folder, Message, text
from mailtide_nylas_simulator.mail.seed import MailboxPlan, seeded
from mailtide_nylas_simulator.world import World

NOW = int(time.time())


def message(number: int, date: int, folders: list[str] | None = None) -> Message:
    return Message(
        id=f"m{number}",
        thread_id=f"t{number % 3}",
        date=date,
        subject="s",
        senders=[{"email": "a@x"}],
        to=[],
        folders=folders or ["INBOX"],
        snippet="",
        body=text("b"),
    )


def box_of(dates: list[int]) -> Mailbox:
    box = Mailbox("a@example.com", "google", "A")
    box.add_folder(Folder("INBOX", "INBOX", [r"\Inbox"]))
    for number, date in enumerate(dates):
        box.add(message(number, date))
    return box


def world_with(box: Mailbox) -> tuple[World, str]:
    world = World("client", "key", 1)
    world.adopt(box)
    return world, world.connect(box.email).id


def client_of(world: World) -> httpx.AsyncClient:
    headers = {"Authorization": "Bearer key"}
    transport = httpx.ASGITransport(create_app(world))
    return httpx.AsyncClient(transport=transport, base_url="http://sim", headers=headers)


async def page(client: httpx.AsyncClient, grant: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(f"/v3/grants/{grant}/messages", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@given(
    dates=st.lists(st.integers(NOW - 50, NOW), max_size=40),
    limits=st.lists(st.integers(1, 7), min_size=1, max_size=5),
)
@settings(max_examples=40)
async def test_pages_show_everything_once_newest_first_with_any_limits(
    dates: list[int], limits: list[int]
) -> None:
    world, grant = world_with(box_of(dates))
    seen: list[dict[str, Any]] = []
    async with client_of(world) as client:
        token, turn = None, 0
        while turn == 0 or token:
            query = {"limit": limits[turn % len(limits)], **({"page_token": token} if token else {})}
            answer = await page(client, grant, **query)
            seen += answer["data"]
            token, turn = answer["next_cursor"], turn + 1
    assert sorted(each["id"] for each in seen) == sorted(f"m{n}" for n in range(len(dates)))
    assert [each["date"] for each in seen] == sorted(dates, reverse=True)


async def test_mail_that_arrives_while_paging_moves_nothing() -> None:
    box = box_of([NOW - n for n in range(10)])
    world, grant = world_with(box)
    async with client_of(world) as client:
        first = await page(client, grant, limit=5)
        box.add(message(99, NOW + 5))
        second = await page(client, grant, limit=5, page_token=first["next_cursor"])
    assert [each["id"] for each in first["data"] + second["data"]] == [f"m{n}" for n in range(10)]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "x"},
        {"page_token": "???"},
        {"page_token": cursor_of(20)},  # of a listing of folders
        {"page_token": cursor_of(NOW, "t1")},  # of threads
    ],
)
async def test_senseless_pages_are_refused(query: dict[str, Any]) -> None:
    world, grant = world_with(box_of([NOW]))
    async with client_of(world) as client:
        answer = await client.get(f"/v3/grants/{grant}/messages", params=query)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_date_bounds_are_exclusive() -> None:
    world, grant = world_with(box_of([NOW - 3, NOW - 2, NOW - 1]))
    async with client_of(world) as client:
        found = await page(client, grant, received_after=NOW - 3, received_before=NOW - 1)
    assert [each["id"] for each in found["data"]] == ["m1"]


async def test_the_imap_cache_hides_old_mail_unless_the_server_is_asked() -> None:
    box = seeded(MailboxPlan("i@example.org", "imap", count=0))
    old = message(1, NOW - 100 * 86400, ["INBOX"])
    box.add(old)
    world, grant = world_with(box)
    async with client_of(world) as client:
        assert (await page(client, grant))["data"] == []
        assert (await client.get(f"/v3/grants/{grant}/messages/m1")).status_code == 404
        asked = await page(client, grant, query_imap="true", **{"in": "INBOX"})
        assert [each["id"] for each in asked["data"]] == ["m1"]
        refused = await client.get(f"/v3/grants/{grant}/messages", params={"query_imap": "true"})
        assert refused.status_code == 400


@pytest.mark.parametrize(
    ("provider", "kept"), [("google", ["Label_1", "UNREAD"]), ("microsoft", []), ("imap", [])]
)
def test_trashing_keeps_only_labels(provider: str, kept: list[str]) -> None:
    box = seeded(MailboxPlan("p@example.com", provider, count=1))
    only = next(box.newest_first())
    box.update(only.id, folders=[box.folder_of(r"\Inbox") or "", *kept])
    box.trash(only.id)
    assert only.folders == [box.folder_of(r"\Trash"), *kept]


def test_gmail_flags_are_labels() -> None:
    box = box_of([NOW])
    box.update("m0", unread=False, starred=True)
    assert box.messages["m0"].folders == ["INBOX", "STARRED"]
    box.update("m0", folders=["INBOX", "UNREAD"])
    assert (box.messages["m0"].unread, box.messages["m0"].starred) == (True, False)


def test_every_change_is_told_once() -> None:
    box = box_of([NOW])
    told: list[Change] = []
    box.listener = told.append
    box.add(message(7, NOW))
    box.add(message(7, NOW))
    box.update("m7", unread=False)
    box.remove("m7")
    box.remove_folder("INBOX")
    assert [change.kind for change in told] == [
        "message.created",
        "message.updated",
        "message.updated",
        "message.deleted",
        "message.deleted",
        "folder.deleted",
    ]
    assert box.deleted == ["m7", "m0"]
    assert (box.threads, list(box.newest_first())) == ({}, [])


def test_a_deleted_message_that_comes_back_is_not_deleted() -> None:
    box = box_of([NOW, NOW])
    box.remove("m0")
    box.remove("m1")
    box.add(message(0, NOW))
    assert (box.deleted, list(box.messages)) == (["m1"], ["m0"])


def test_seeded_mailboxes_repeat_and_have_the_providers_shapes() -> None:
    plan = MailboxPlan("s@example.com", "microsoft", count=300, newest=NOW)
    first, second = seeded(plan), seeded(plan)
    grants = ["g", "g"]
    shapes = [
        [each.shape(grant) for each in box.newest_first()]
        for box, grant in zip((first, second), grants, strict=True)
    ]
    assert shapes[0] == shapes[1]
    assert all(len(each.folders) == 1 and each.id.endswith("=") for each in first.messages.values())
    folded = {each.lower() for each in first.messages}
    assert len(folded) < len(first.messages), "some ids differ only in case"
    assert any(len(members) > 1 for members in first.threads.values())


def test_bodies_are_built_when_asked_for() -> None:
    box = seeded(MailboxPlan("lazy@example.com", count=3, size=5000))
    for each in islice(box.newest_first(), 3):
        assert each.selected("g", ["id", "date"]) == {"id": each.id, "date": each.date}
        assert each.body() == each.body()
        assert each.body().startswith("<html>")


async def test_hostile_messages_go_out_as_they_were_given() -> None:
    world, grant = world_with(box_of([]))
    raw = (
        rb'{"messages": [{"id": "h", "subject": "a\u0000b", "body": "\ud800", "from": null, "unread": "yes",'
        rb' "date": 99999999999999999999, "to": "nobody"}], "omit": ["thread_id"]}'
    )
    async with client_of(world) as client:
        answer = await client.post("/admin/mailboxes/a@example.com/deliver", content=raw)
        assert answer.json() == {"ids": ["h"]}
        received = (await client.get(f"/v3/grants/{grant}/messages/h")).content
    assert rb"a\u0000b" in received
    assert rb'"body":"\ud800"' in received
    assert b'"from":null' in received
    assert b'"unread":"yes"' in received
    assert b'"to":"nobody"' in received
    assert b"99999999999999999999" in received
    assert b"thread_id" not in received
