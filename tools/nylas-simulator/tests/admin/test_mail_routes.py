"""The admin API changes the messages that a test names."""

import httpx
import pytest

MUTATE = "/admin/mailboxes/a@example.com/mutate"


@pytest.mark.parametrize(("wanted", "changed"), [({"ids": []}, 0), ({}, 1), ({"count": 3}, 3)])
async def test_random_messages_change_only_if_no_ids_are_given(
    api: tuple[httpx.AsyncClient, str], wanted: dict[str, object], changed: int
) -> None:
    client, grant = api
    answer = await client.post(MUTATE, json={"action": "delete", **wanted})
    assert len(answer.json()["ids"]) == changed
    truth = (await client.get(f"/admin/grants/{grant}/truth")).json()
    assert truth["deleted"] == answer.json()["ids"]


@pytest.mark.parametrize(("provider", "status"), [("imap", 400), ("google", 200)])
async def test_a_folder_does_not_replace_another_of_its_name(
    api: tuple[httpx.AsyncClient, str], provider: str, status: int
) -> None:
    client, _ = api
    await client.post("/admin/mailboxes", json={"email": "b@example.com", "provider": provider, "count": 0})
    grant = (await client.post("/admin/grants", json={"email": "b@example.com"})).json()["id"]
    before = (await client.get(f"/v3/grants/{grant}/folders")).json()["data"]
    for path in ("/admin/mailboxes/b@example.com/folders", f"/v3/grants/{grant}/folders"):
        assert (await client.post(path, json={"name": "Sent"})).status_code == status
    after = (await client.get(f"/v3/grants/{grant}/folders")).json()["data"]
    assert after[: len(before)] == before
    assert len(after) == len(before) + (2 if status == 200 else 0)


async def test_an_unknown_mailbox_is_named(api: tuple[httpx.AsyncClient, str]) -> None:
    answer = await api[0].post("/admin/mailboxes/no@example.com/mutate", json={})
    assert answer.status_code == 404
    said = "there is no mailbox no@example.com; create it by POST /admin/mailboxes"
    assert answer.json()["error"]["message"] == said


@pytest.mark.parametrize(
    ("path", "wanted", "said"),
    [
        ("mailboxes", {"count": 1}, "email is required"),
        ("mailboxes", {"email": ["b"]}, "email must be a string"),
        ("mailboxes", {"email": "b@x", "count": "many"}, "count must be a number, 0 or more"),
        (
            "mailboxes",
            {"email": "b@x", "provider": "gmail"},
            "provider must be one of google, microsoft, imap",
        ),
        (
            "mailboxes",
            {"email": "b@x", "messages": 5},
            "unknown fields: messages; the known fields are attachments",
        ),
        ("mailboxes/a@example.com/deliver", {"count": "3"}, "count must be a number, 0 or more"),
        ("mailboxes/a@example.com/deliver", {"messages": {}}, "messages must be a list of objects"),
        ("mailboxes/a@example.com/deliver", {"omit": "thread_id"}, "omit must be a list of strings"),
        (
            "mailboxes/a@example.com/deliver",
            {"messages": [{}, {"attachments": [{"content": "A"}]}]},
            "messages[1] has an attachment that cannot be used",
        ),
        ("mailboxes/a@example.com/mutate", {"ids": "m"}, "ids must be a list of strings"),
        (
            "mailboxes/a@example.com/mutate",
            {"ids": [], "action": "tuch"},
            "unknown action tuch; it must be one",
        ),
        (
            "mailboxes/a@example.com/mutate",
            {"action": "move", "folder": "Archive"},
            "there is no folder with the",
        ),
        ("sender", {"delay": [1]}, "unknown fields: delay; the known fields are delays, timeout, most_bytes"),
        ("sender", {"delays": "1"}, "delays must be a list of seconds"),
        ("sender", {"delays": [-1]}, "each of delays must be a number, 0 or more"),
        ("notifications", {"raw_base64": "{}"}, "raw_base64 must be a string in Base64"),
        ("notifications", {"object": [1]}, "the field `object` must be a JSON object"),
        ("notifications", {"time": "now"}, "time must be a number"),
        ("clock", {"advance": "1h"}, "advance must be a number"),
        ("deliveries/wait?timeout=1m", {}, "the query parameter timeout must be a number of seconds"),
    ],
)
async def test_a_value_that_cannot_be_used_is_named(
    api: tuple[httpx.AsyncClient, str], path: str, wanted: dict[str, object], said: str
) -> None:
    answer = await api[0].post(f"/admin/{path}", json=wanted)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(said)
