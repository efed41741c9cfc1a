"""The status: a verdict, who is behind and why, and one run over all accounts."""

import re
from uuid import UUID

import httpx

from mailtide_common.contracts.api.runs import RunReport
from mailtide_common.contracts.api.status import Status
from mailtide_common.contracts.events import AlertKind, DeletionsHeld, SyncOutcome
from mailtide_common.contracts.health.conditions import Condition, Level
from mailtide_common.runtime.clock import now_us
from mailtide_harness.scheduler import Harness
from mailtide_scheduler import limits
from mailtide_scheduler.database import transaction
from mailtide_scheduler.incidents.incidents import open_incident

ADMIN = {"authorization": "Bearer admin"}


async def status(client: httpx.AsyncClient) -> Status:
    answer = await client.get("/api/status", headers=ADMIN)
    assert answer.status_code == 200, answer.text
    return Status.model_validate_json(answer.content)


async def test_a_verdict_names_who_is_behind_and_what_to_do(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    assert (await status(client)).verdict.startswith("no mailbox is connected")
    await harness.quiet("fine")
    await harness.quiet("held")
    await harness.add_account("slow")
    await harness.pool.execute("UPDATE email_accounts SET proven_at = now()")
    await harness.take(
        DeletionsHeld(grant_id="held", task_id=UUID(int=1), message_ids=("a", "b"), at=now_us())
    )
    (request,) = await harness.tick()
    throttled = harness.finished(request, SyncOutcome.THROTTLED, error="429", retry_after_seconds=3_600.0)
    await harness.take(throttled)
    async with transaction(harness.pool) as connection:
        await open_incident(connection, AlertKind.CLOCK_AHEAD, "worker-1", "5 s ahead", now_us())
        parked = "mail.messages.v1/unreadable"
        await open_incident(connection, AlertKind.DEAD_LETTERS, parked, "told by their causes", now_us())
        for number in range(limits.STATUS_ROWS + 1):
            await open_incident(connection, AlertKind.CLOCK_AHEAD, f"w-{number}", "5 s ahead", now_us())
    await harness.pool.execute("UPDATE incidents SET opened_at = opened_at + 60 WHERE kind = 'clock-ahead'")

    found = await status(client)
    assert not found.fine
    assert (found.total, found.current, found.waiting, found.person) == (3, 1, 1, 1)
    assert found.verdict.startswith("1 of 3 mailboxes current; 1 throttled; 1 needs a person")
    held, slow = found.troubled
    assert (held.name, held.health.condition) == ("held@example.com", Condition.HELD_DELETIONS)
    assert held.health.cause.startswith("2 messages wait for your decision: the mailbox")
    assert held.health.command == "mailtide accounts held held@example.com"
    assert slow.health.next_at is not None
    assert slow.health.next_at > found.at
    assert "12 open incidents about no account" in found.verdict, "of which ten are shown"
    assert {(each.kind, each.command) for each in found.incidents} == {
        (AlertKind.CLOCK_AHEAD, "mailtide doctor")
    }, "those that no mailbox shows come first"
    assert len(found.incidents) == limits.STATUS_ROWS
    await harness.pool.execute("DELETE FROM incidents WHERE subject LIKE 'w-%'")
    assert {each.kind: each.command for each in (await status(client)).incidents} == {
        AlertKind.DELETIONS_HELD: "mailtide accounts held held@example.com",
        AlertKind.CLOCK_AHEAD: "mailtide doctor",
    }
    assert all(each.opened_at.year >= 2026 for each in found.incidents)


async def test_a_stage_without_a_process_or_that_is_slow_is_named(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    """The rows of a mailbox are not current while the persister hangs, however often it is synced."""
    await harness.pool.execute(
        "INSERT INTO pipeline_minutes"
        " (minute, consumer_group, topic, measured_at, members, processed, written, waiting, oldest_at) "
        "SELECT date_trunc('minute', now()), service || '.' || topic, topic, now(), members, 0, waiting, waiting,"
        " now() - make_interval(secs => age) FROM unnest("
        "ARRAY['sync-worker', 'persister', 'sync-worker', 'persister'], "
        "ARRAY['mail.notifications.v1', 'mail.messages.v1', 'mail.backfill-requests.v1', 'mail.folders.v1'], "
        "ARRAY[0, 1, 1, 1], ARRAY[2, 1, 9, 9], ARRAY[5, 90, 900, 9]) AS s (service, topic, members, waiting, age)"
    )
    async with transaction(harness.pool) as connection:
        group = "sync-worker.mail.notifications.v1"
        await open_incident(connection, AlertKind.CONSUMER_MISSING, group, "named as a stage", now_us())
    found = await status(client)
    dead, slow = found.stages
    at = r" \(measured at \d\d:\d\d:\d\d UTC\)"
    assert re.fullmatch(f"no sync-worker consumes mail.notifications.v1, and 2 records wait{at}", dead.what)
    assert re.fullmatch(
        f"the persister is 90 s behind on mail.messages.v1, and 1 record waits{at}", slow.what
    )
    assert (dead.level, slow.level, found.fine) == (Level.PERSON, Level.WAITING, False)
    assert found.verdict.startswith(f"no mailbox is connected; {slow.what}; {dead.what}")
    assert "incident" not in found.verdict


async def test_one_run_is_over_all_active_accounts_and_says_why_one_is_skipped(
    client: httpx.AsyncClient, harness: Harness
) -> None:
    await harness.quiet("a")
    await harness.quiet("b")
    await harness.add_account("dead", "invalid")
    await harness.pool.execute(
        "UPDATE account_schedules SET not_before = now() + interval '1 hour' WHERE grant_id = 'b'"
    )
    run_id = (await client.post("/api/runs", headers=ADMIN)).json()["run_id"]
    answer = await client.get(f"/api/runs/{run_id}", headers=ADMIN)
    report = RunReport.model_validate_json(answer.content)
    assert (report.total, report.pending, report.skipped) == (2, 1, 1)
    skipped = report.details[1]
    assert (skipped.error or "").startswith("throttled: no calls before 20")
    assert skipped.health is not None
    assert skipped.health.condition is Condition.THROTTLED
    (request,) = await harness.send_due()
    await harness.take(harness.finished(request))
    named = (await client.get("/api/accounts", headers=ADMIN, params={"name": "A@example.com"})).json()
    assert [each["grant_id"] for each in named["accounts"]] == ["a"]
