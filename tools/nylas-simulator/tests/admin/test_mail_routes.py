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
