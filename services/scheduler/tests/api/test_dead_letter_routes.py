"""What the routes of dead letters show and do."""

import gzip
from uuid import uuid4

import httpx

from mailtide_harness.scheduler import Harness, is_problem

CRON = {"authorization": "Bearer cron"}
ADMIN = {"authorization": "Bearer admin"}


async def test_dead_letters_show_sizes_and_reasons_only(client: httpx.AsyncClient, harness: Harness) -> None:
    await harness.pool.execute(
        "INSERT INTO dead_letters SELECT gen_random_uuid(), 't', 0, n, 'g', 'Unreadable', 'no type', 1,"
        " 'key', 'mail', '{}', now() - n * interval '1 second' FROM generate_series(1, 3) AS n"
    )
    page = (await client.get("/api/dead-letters?limit=2", headers=ADMIN)).json()
    assert [letter["offset"] for letter in page["dead_letters"]] == [1, 2]
    assert page["dead_letters"][0]["size"] == 4
    assert "value" not in page["dead_letters"][0]
    rest = await client.get(f"/api/dead-letters?limit=2&cursor={page['next_cursor']}", headers=ADMIN)
    assert [letter["offset"] for letter in rest.json()["dead_letters"]] == [3]


async def test_letters_of_a_cause_are_discarded_with_a_note(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    await harness.pool.execute(
        "INSERT INTO dead_letters SELECT gen_random_uuid(), 't' || n % 2, 0, n, 'g', 'x', 'm', 1, 'k', 'mail',"
        " '[]', now() - n * interval '1 second', CASE n WHEN 5 THEN now() END FROM generate_series(1, 5) AS n"
    )

    async def causes() -> dict[str, int]:
        answer = (await client.get("/api/dead-letters/causes", headers=ADMIN)).json()
        return {each["topic"]: each["waiting"] for each in answer["causes"]}

    assert await causes() == {"t0": 2, "t1": 2}
    discard = "/api/dead-letters/discard"
    body = {"error_class": "x", "topic": "t0", "note": "a trial"}
    for missing in ("note", "error_class"):
        wrong = {name: value for name, value in body.items() if name != missing}
        assert is_problem(await client.post(discard, headers=ADMIN, json=wrong), 422)
    assert (await client.post(discard, headers=ADMIN, json=body)).json() == {"discarded": 2}
    assert (await client.post(discard, headers=ADMIN, json=body)).json() == {"discarded": 0}
    assert await causes() == {"t1": 2}
    query = "/api/dead-letters?error_class=x&topic="
    gone = (await client.get(f"{query}t0", headers=ADMIN)).json()["dead_letters"]
    assert {each["discard_note"] for each in gone} == {"a trial"}
    assert (await client.get(f"{query}t0&waiting=true", headers=ADMIN)).json()["dead_letters"] == []
    left = (await client.get(f"{query}t1&waiting=true", headers=ADMIN)).json()["dead_letters"]
    ids = [left[0]["id"], gone[0]["id"]]
    assert (await client.post(discard, headers=ADMIN, json={"ids": ids, "note": "n"})).json() == {
        "discarded": 1
    }


async def test_a_letter_shows_its_content_only_on_request(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    headers = [{"name": "type", "text": "t"}, {"name": "odd", "base64": "/w=="}]
    id_ = await harness.pool.fetchval(
        "INSERT INTO dead_letters VALUES (gen_random_uuid(), 't', 0, 1, 'g', 'x', 'm', 1, 'k', $1, $2, now())"
        " RETURNING id",
        gzip.compress("Grüße".encode()),
        headers,
    )
    path = f"/api/dead-letters/{id_}"
    shown = (await client.get(path, headers=ADMIN)).json()
    assert (shown["key"], shown["content"], shown["redrives"]) == ("k", None, 0)
    assert [(each["text"], each["hex"]) for each in shown["headers"]] == [("t", None), (None, "ff")]
    content = (await client.get(f"{path}?content=true", headers=ADMIN)).json()["content"]
    assert content["hex"].startswith("1f 8b")
    assert (content["text"], content["complete"]) == ("Grüße", True)
    assert is_problem(await client.get(f"/api/dead-letters/{uuid4()}", headers=ADMIN), 404)
