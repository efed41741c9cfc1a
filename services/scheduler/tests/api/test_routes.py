"""The internal API: guards, answers, problems."""

import asyncio
import random
import time
from collections import Counter
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from mailtide_common.contracts.api.operators import OPERATOR_HEADER
from mailtide_common.contracts.events import DeletionsHeld
from mailtide_devkit.local.waiting import until
from mailtide_harness.scheduler import WATERMARK, Harness, is_problem
from mailtide_harness.servers.nylas_webhooks import URL, WebhookHarness

CRON = {"authorization": "Bearer cron"}
ADMIN = {"authorization": "Bearer admin"}


async def test_errors_are_problems(client: httpx.AsyncClient) -> None:
    assert is_problem(await client.get("/nowhere"), 404)
    assert is_problem(await client.delete("/api/runs", headers=ADMIN), 405)
    assert is_problem(await client.get("/api/cron/sync-emails?wait=301", headers=CRON), 422)
    assert is_problem(await client.get("/api/cron/sync-emails?wait=-1", headers=CRON), 422)
    assert is_problem(await client.get(f"/api/runs/{uuid4()}", headers=ADMIN), 404)
    assert is_problem(await client.get("/api/runs/nonsense", headers=ADMIN), 422)
    assert is_problem(await client.get(f"/api/accounts/{uuid4()}", headers=ADMIN), 404)


async def test_a_bug_is_a_problem_without_a_trace(client: httpx.AsyncClient, harness: Harness) -> None:
    await harness.pool.execute(
        "ALTER TABLE dead_letters ALTER COLUMN error_message TYPE bytea USING error_message::bytea"
    )
    await harness.pool.execute(
        r"INSERT INTO dead_letters VALUES (gen_random_uuid(), 't', 0, 0, 'g', 'c', '\xff', 1, null, null, '{}', now())"
    )
    answer = await client.get("/api/dead-letters", headers=ADMIN)
    assert is_problem(answer, 500)
    assert "Traceback" not in answer.text


@pytest.mark.fault
async def test_a_database_that_is_away_is_a_503(client: httpx.AsyncClient, harness: Harness) -> None:
    await harness.pool.execute("ALTER TABLE email_accounts RENAME TO elsewhere")
    answer = await client.get("/api/accounts", headers=ADMIN)
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"]


async def test_a_cron_call_that_waits_while_the_scheduler_stops_is_a_503(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    await harness.add_account("g")
    waiting = asyncio.create_task(client.get("/api/cron/sync-emails?wait=60", headers=CRON))

    async def waits() -> bool:
        return harness.signals.run_waits > 0

    await until(waits, what="the call waits")
    harness.stopping = True
    answer = await asyncio.wait_for(waiting, 5)
    assert is_problem(answer, 503)
    assert answer.headers["retry-after"]


@pytest.mark.fault
async def test_a_session_that_ends_is_a_503(client: httpx.AsyncClient, database_url: str) -> None:
    ends = time.monotonic() + 2
    admin: Any = await asyncpg.connect(database_url)
    answers: Counter[int] = Counter()

    async def ask(path: str, headers: dict[str, str]) -> None:
        while time.monotonic() < ends:
            answer = await client.get(path, headers=headers)
            answers[answer.status_code] += 1
            assert answer.status_code == 200 or is_problem(answer, 503)

    async def end_sessions() -> None:
        while time.monotonic() < ends:
            await asyncio.sleep(random.random() * 0.02)
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'test'"
            )

    pages = ("/api/runs", "/api/accounts", "/api/webhooks", "/api/dead-letters")
    await asyncio.gather(
        end_sessions(),
        ask("/api/cron/sync-emails?wait=0", CRON),
        *(ask(page, ADMIN) for page in pages),
    )
    await admin.close()
    assert {200, 503} == answers.keys()


async def test_what_operators_change_is_recorded_with_who_and_outcome(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    account = await harness.add_account("g")
    named = {**ADMIN, OPERATOR_HEADER: quote("Zoë")}
    path = f"/api/accounts/{account}"
    await client.post(f"{path}/sync", json={"mode": "full"}, headers=named)
    await client.post(f"{path}/pause", headers=ADMIN)
    await client.post(f"{path}/resume", headers=named)
    await client.post(f"{path}/sync", content=b"{", headers=named)
    await client.delete(f"{path}?user_id=bob@example.com&purge=true", headers=named)
    await client.get(path, headers=named)
    rows = await harness.pool.fetch("SELECT * FROM operator_actions ORDER BY at")
    assert [(row["operator"], row["action"], row["detail"], row["status"]) for row in rows] == [
        ("Zoë", "sync", {"mode": "full"}, 202),
        (None, "pause", {}, 200),
        ("Zoë", "resume", {}, 200),
        ("Zoë", "sync", {}, 422),
        ("Zoë", "remove", {"purge": "true"}, 404),
    ]
    assert {row["account_id"] for row in rows} == {account}
    assert [bool(row["error"]) for row in rows] == [False, False, False, True, True]


async def test_an_operator_syncs_all_accounts_and_joins_the_run(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    await harness.add_account("g")
    first, second = [(await client.post("/api/runs", headers=ADMIN)).json()["run_id"] for _ in range(2)]
    assert first == second
    report = (await client.get(f"/api/runs/{first}", headers=ADMIN)).json()
    assert (report["kind"], report["total"], report["pending"]) == ("cron", 1, 1)


async def test_without_its_record_nothing_is_changed(client: httpx.AsyncClient, harness: Harness) -> None:
    account = await harness.add_account("g")
    await harness.pool.execute("ALTER TABLE operator_actions RENAME TO elsewhere")
    assert is_problem(await client.post(f"/api/accounts/{account}/pause", headers=ADMIN), 503)
    assert (await client.get(f"/api/accounts/{account}", headers=ADMIN)).json()["status"] == "active"


async def test_the_cron_route_waits_and_reports(client: httpx.AsyncClient, harness: Harness) -> None:
    await harness.quiet("a")
    pending = await client.post("/api/cron/sync-emails?wait=0", headers=CRON)
    assert pending.status_code == 202
    assert pending.json()["pending"] == 1
    call = asyncio.create_task(client.get("/api/cron/sync-emails?wait=20", headers=CRON))

    async def joined() -> bool:
        return harness.signals.run_waits > 0

    await until(joined, what="the call has joined the run")
    (request,) = await harness.send_due()
    await harness.take(harness.finished(request, synced_count=3, watermark=1))
    await harness.send_due()
    answer = await call
    assert answer.status_code == 200
    report = answer.json()
    assert report["run_id"] == pending.json()["run_id"]
    assert isinstance(report["duration"], int)
    assert report["details"] == [
        {"email": "a@example.com", "status": "success", "syncedCount": 3, "error": None}
    ]
    full = (await client.get(f"/api/runs/{report['run_id']}", headers=ADMIN)).json()
    assert full["status"] == "finished"
    (line,) = (await client.get("/api/runs", headers=ADMIN)).json()["runs"]
    assert (line["run_id"], line["successful"], line["syncedCount"]) == (report["run_id"], 1, 3)


async def test_one_account_can_be_synced(client: httpx.AsyncClient, harness: Harness) -> None:
    account_id = await harness.quiet("a")
    path = f"/api/accounts/{account_id}/sync"
    answer = await client.post(path, headers=ADMIN, json={"mode": "full"})
    assert answer.status_code == 202
    (request,) = await harness.send_due()
    assert request.run_id == UUID(answer.json()["run_id"])
    assert is_problem(await client.post(path, headers=ADMIN, json={"mode": "everything"}), 422)
    assert is_problem(await client.post(path, headers=ADMIN, content=b"{"), 422)
    unknown = f"/api/accounts/{uuid4()}/sync"
    assert is_problem(await client.post(unknown, headers=ADMIN, json={"mode": "delta"}), 404)
    await harness.pool.execute("UPDATE email_accounts SET status = 'invalid'")
    assert is_problem(await client.post(path, headers=ADMIN, json={"mode": "delta"}), 409)


async def test_accounts_are_listed_page_by_page(client: httpx.AsyncClient, harness: Harness) -> None:
    for name in "abc":
        await harness.add_account(name)
    found: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/accounts", headers=ADMIN, params=params)).json()
        found += [account["email"] for account in page["accounts"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == ["a@example.com", "b@example.com", "c@example.com"]


async def test_an_account_shows_its_schedule(client: httpx.AsyncClient, harness: Harness) -> None:
    account_id = await harness.add_account("a")
    (request,) = await harness.tick()
    shown = (await client.get(f"/api/accounts/{account_id}", headers=ADMIN)).json()
    assert (shown["syncing"], shown["open_tasks"], shown["failures"]) == (True, 1, 0)
    await harness.take(harness.finished(request, watermark=WATERMARK + 5))
    shown = (await client.get(f"/api/accounts/{account_id}", headers=ADMIN)).json()
    assert (shown["syncing"], shown["watermark"], shown["status"]) == (False, WATERMARK + 5, "active")
    assert shown["next_sync_at"].endswith("Z")


async def test_the_destination_is_shown_and_ensured(
    client: httpx.AsyncClient, harness: WebhookHarness
) -> None:
    harness.nylas.refuse_challenge = True
    assert is_problem(await client.post("/api/webhooks/ensure", headers=ADMIN), 502)
    shown = (await client.get("/api/webhooks", headers=ADMIN)).json()
    assert shown["error"]
    assert shown["destinations"] == []
    harness.nylas.refuse_challenge = False
    ensured = await client.post("/api/webhooks/ensure", headers=ADMIN)
    assert ensured.status_code == 200
    (destination,) = ensured.json()["destinations"]
    assert (destination["status"], destination["has_secret"], destination["url"]) == ("active", True, URL)
    assert "secret-" not in ensured.text


async def test_accounts_are_paused_resumed_removed_and_purged(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    path = f"/api/accounts/{await harness.quiet('a')}"

    async def shown() -> str:
        return str((await client.get(path, headers=ADMIN)).json()["status"])

    paused = await client.post(f"{path}/pause", headers=ADMIN)
    assert (paused.status_code, paused.json(), await shown()) == (200, {"status": "paused"}, "paused")
    assert (await client.post(f"{path}/resume", headers=ADMIN)).json() == {"status": "active"}
    removed = await client.delete(path, headers=ADMIN)
    assert (removed.status_code, await shown()) == (200, "removed")
    assert is_problem(await client.post(f"{path}/resume", headers=ADMIN), 409)
    assert is_problem(await client.post(f"{path}/pause", headers=ADMIN), 409)
    purged = await client.delete(f"{path}?purge=true", headers=ADMIN)
    assert purged.status_code == 202
    assert is_problem(await client.delete(f"/api/accounts/{uuid4()}", headers=ADMIN), 404)


async def test_reports_and_held_deletions_have_routes(client: httpx.AsyncClient, harness: Harness) -> None:
    path = f"/api/accounts/{await harness.quiet('a')}"
    report = (await client.get(f"{path}/report", headers=ADMIN)).json()
    assert (report["proven"], report["finished_at"], report["folders"]) == (False, None, [])
    await harness.take(DeletionsHeld(task_id=uuid4(), grant_id="a", message_ids=("m1", "m2", "m3"), at=1))
    page = (await client.get(f"{path}/held-deletions?limit=2", headers=ADMIN)).json()
    assert page["summary"] == {"stored": 0, "received_from": None, "received_to": None, "folders": []}
    assert (page["total"], [each["message_id"] for each in page["held_deletions"]]) == (3, ["m1", "m2"])
    rest = await client.get(f"{path}/held-deletions?limit=2&cursor={page['next_cursor']}", headers=ADMIN)
    assert [each["message_id"] for each in rest.json()["held_deletions"]] == ["m3"]
    assert (await client.post(f"{path}/held-deletions/discard", headers=ADMIN)).json() == {"discarded": 3}
    assert (await client.post(f"{path}/held-deletions/approve", headers=ADMIN)).json() == {"approved": 0}
    for unknown in ("report", "held-deletions"):
        assert is_problem(await client.get(f"/api/accounts/{uuid4()}/{unknown}", headers=ADMIN), 404)


async def test_redrives_and_rotations_have_routes(client: httpx.AsyncClient, harness: WebhookHarness) -> None:
    redrive = "/api/dead-letters/redrive"
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"ids": [str(uuid4())], "error_class": "x"},
        {"ids": []},
        {"error_class": "x", "limit": 0},
    )
    for body in wrong:
        assert is_problem(await client.post(redrive, headers=ADMIN, json=body), 422)
    await harness.pool.execute(
        "INSERT INTO dead_letters VALUES (gen_random_uuid(), 'elsewhere', 0, 0, 'g', 'x', 'm', 1, null, null,"
        " '[]', now())"
    )
    answer = (await client.post(redrive, headers=ADMIN, json={"error_class": "x"})).json()
    assert (answer["redriven"], answer["refused"][0]["reason"]) == (
        0,
        "the record's topic is not one of Mailtide's: discard the dead letter",
    )
    rotated = await client.post("/api/webhooks/rotate", headers=ADMIN)
    assert rotated.status_code == 200
    assert rotated.json()["destination_id"] in harness.nylas.destinations
    assert "secret-" not in rotated.text
    harness.nylas.down = True
    assert is_problem(await client.post("/api/webhooks/rotate", headers=ADMIN), 502)
