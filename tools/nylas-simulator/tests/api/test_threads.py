"""Threads are computed from their messages."""

import httpx
import pytest

from mailtide_nylas_simulator.api.threads import shape
from mailtide_nylas_simulator.mail.model import Message, text

OWN = "a@example.com"


def message(id_: str, sender: str, date: int) -> Message:
    return Message(id_, "t", date, "s", [{"email": sender}], [], [], "", text(""))


def test_a_message_received_in_the_second_of_a_sent_one_counts_as_received() -> None:
    members = [message("1", "b@example.com", 5), message("2", OWN, 9), message("3", "b@example.com", 9)]
    shown = shape("t", members, "grant", OWN)
    assert shown["latest_message_received_date"] == 9
    assert shown["latest_message_sent_date"] == 9


def test_the_owners_address_counts_as_sent_in_any_case() -> None:
    shown = shape("t", [message("1", OWN.upper(), 5)], "grant", OWN)
    assert shown["latest_message_sent_date"] == 5
    assert "latest_message_received_date" not in shown


@pytest.mark.parametrize("kind", ["messages", "threads"])
@pytest.mark.parametrize("folders", ["INBOX", {"id": "INBOX"}, [{"id": "INBOX"}], ["no-such"]])
async def test_folders_that_cannot_be_set_are_refused(
    api: tuple[httpx.AsyncClient, str], kind: str, folders: object
) -> None:
    client, grant = api
    one = (await client.get(f"/v3/grants/{grant}/{kind}?limit=1")).json()["data"][0]["id"]
    answer = await client.put(f"/v3/grants/{grant}/{kind}/{one}", json={"folders": folders})
    assert answer.status_code == 400
    assert "`folders`" in answer.json()["error"]["message"]
