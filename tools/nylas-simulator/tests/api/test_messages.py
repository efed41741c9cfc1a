"""Messages beyond what the SDKs send."""

import httpx
import pytest


async def test_select_also_holds_for_tracking_options(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    path = f"/v3/grants/{grant}/messages?limit=1&fields=include_tracking_options"
    assert "tracking_options" in (await client.get(path)).json()["data"][0]
    assert (await client.get(f"{path}&select=id")).json()["data"][0].keys() == {"id"}


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("messages", {"unread": "false"}),
        ("messages", {"starred": 1}),
        ("messages", {"metadata": "x"}),
        ("threads", {"unread": "false"}),
    ],
)
async def test_values_of_a_wrong_type_are_refused(
    api: tuple[httpx.AsyncClient, str], kind: str, wanted: dict[str, object]
) -> None:
    client, grant = api
    one = (await client.get(f"/v3/grants/{grant}/{kind}?limit=1")).json()["data"][0]["id"]
    answer = await client.put(f"/v3/grants/{grant}/{kind}/{one}", json=wanted)
    assert answer.status_code == 400
    assert f"`{next(iter(wanted))}`" in answer.json()["error"]["message"]
    assert (await client.get(f"/v3/grants/{grant}/folders")).status_code == 200


async def test_a_fault_of_one_message_is_found_by_its_whole_path(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    sheet = {"messages": [{"id": "a#b?c"}]}
    await client.post("/admin/mailboxes/a@example.com/deliver", json=sheet)
    fault = {"kind": "broken_message", "id": "a#b?c", "how": "no_object", "path": "*/messages/a#b[?]c"}
    await client.post("/admin/faults", json=fault)
    answer = await client.get(f"/v3/grants/{grant}/messages/a%23b%3Fc")
    assert answer.json()["data"] == "a message"
