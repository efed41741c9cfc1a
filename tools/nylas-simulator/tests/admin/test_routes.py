"""The admin API shows what a mailbox really holds."""

from pathlib import Path

import httpx
import pytest


async def test_the_truth_holds_everything(api: tuple[httpx.AsyncClient, str]) -> None:
    client, grant = api
    found = (await client.get(f"/v3/grants/{grant}/messages?limit=200")).json()["data"]
    await client.delete(f"/v3/grants/{grant}/messages/{found[0]['id']}?hard_delete=true")
    truth = (await client.get(f"/admin/grants/{grant}/truth")).json()
    assert truth["messages"] == found[1:]
    assert truth["deleted"] == [found[0]["id"]]
    assert truth["grant"]["id"] == grant
    digest = (await client.get(f"/admin/grants/{grant}/truth?bodies=digest")).json()["messages"][0]
    assert "body" not in digest
    assert len(digest["body_sha256"]) == 64


async def test_mail_is_only_loaded_from_an_mbox_file_or_a_maildir(
    api: tuple[httpx.AsyncClient, str], tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\x89PNG")
    too_long = tmp_path / ("x" * 300)
    for path in (tmp_path / "nothing", tmp_path, tmp_path / "photo.jpg", too_long):
        answer = await api[0].post("/admin/mailboxes", json={"email": "b@example.com", "path": str(path)})
        assert answer.status_code == 400, path
        assert path.name in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v3/grants?offset=-1", "offset must be 0 or more, not -1"),
        ("/admin/deliveries?after=-1", "after must be 0 or more, not -1"),
        ("/admin/deliveries?limit=x", "limit must be an integer"),
        ("/admin/grants/a@example.com/truth?bodies=all", "bodies must be one of full, digest, none"),
    ],
)
async def test_a_query_that_cannot_be_used_is_named(
    api: tuple[httpx.AsyncClient, str], path: str, said: str
) -> None:
    answer = await api[0].get(path)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, said)
