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


async def test_an_unknown_mailbox_is_named(api: tuple[httpx.AsyncClient, str]) -> None:
    answer = await api[0].post("/admin/mailboxes/no@example.com/mutate", json={})
    assert answer.status_code == 404
    said = "there is no mailbox no@example.com; create it by POST /admin/mailboxes"
    assert answer.json()["error"]["message"] == said
