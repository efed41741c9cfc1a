"""Audits on a real Postgres: findings are repaired, then proven, and counted once."""

import secrets
from uuid import UUID

from mailtide_common.contracts.api.audits import AuditReport, Counts
from mailtide_common.contracts.events import FolderCount, MessageCounts, SyncKind, SyncOutcome, SyncRequested
from mailtide_harness.scheduler import INTERVAL, Harness, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.audits.report import audit_report
from mailtide_scheduler.database import connected
from mailtide_scheduler.sync_intervals import SyncIntervals
from mailtide_scheduler.tasks import delays


def counts(folder: str = "inbox", **more: int) -> FolderCount:
    return FolderCount(folder_id=folder, **more)


async def begin(harness: Harness) -> tuple[UUID, UUID, SyncRequested]:
    account_id = await harness.quiet("g")
    run_id = await harness.runs.start_manual(account_id, SyncKind.AUDIT)
    (request,) = await harness.send_due()
    assert (request.kind, request.repair, request.run_id) == (SyncKind.AUDIT, True, run_id)
    return account_id, run_id, request


async def report(harness: Harness, account_id: UUID) -> AuditReport:
    async with connected(harness.pool) as connection:
        return await audit_report(connection, account_id)


async def end_wait(harness: Harness) -> list[SyncRequested]:
    await harness.pool.execute(
        "UPDATE sync_tasks SET due_at = now() WHERE kind = 'audit' AND state = 'pending'"
    )
    return await harness.send_due()


async def test_a_clean_first_pass_is_the_proof(harness: Harness) -> None:
    account_id, run_id, request = await begin(harness)
    await harness.take(harness.finished(request, folders=(counts(in_account=5, synced=5),)))
    await harness.send_due()
    found = await report(harness, account_id)
    assert (found.proven, found.running, len(found.passes)) == (True, False, 1)
    assert found.totals == Counts(in_account=5, synced=5, missing=0, extra=0, differing=0)
    assert (await harness.runs.report(run_id)).success is True


async def test_totals_count_a_message_once_however_many_labels_it_has(harness: Harness) -> None:
    account_id, _, request = await begin(harness)
    labels = [counts(label, in_account=2, synced=1, missing=1) for label in ("inbox", "work", "starred")]
    found = MessageCounts(in_account=3, synced=1, missing=2)
    await harness.take(harness.progressed(request, until=500, synced=1, folders=labels, messages=found))
    (request,) = await harness.send_due()
    await harness.take(
        harness.finished(request, folders=labels, messages=MessageCounts(in_account=1, extra=1))
    )
    shown = await report(harness, account_id)
    assert shown.totals == Counts(in_account=4, synced=1, missing=2, extra=1)
    assert [folder.in_account for folder in shown.folders] == [4, 4, 4]
    assert not shown.passes[0].clean


async def test_folder_ids_of_any_length_are_reported(harness: Harness) -> None:
    account_id, _, request = await begin(harness)
    long = secrets.token_hex(10_000)
    folders = (counts(long, in_account=2, synced=2), counts("short", in_account=1, synced=1))
    assert await harness.take(harness.finished(request, folders=folders, contents=3)) == []
    found = await report(harness, account_id)
    assert {folder.folder_id: folder.synced for folder in found.folders} == {long: 2, "short": 1}
    assert (found.proven, found.contents_compared) == (True, 3)


async def test_what_was_found_is_repaired_and_then_proven(harness: Harness) -> None:
    account_id, run_id, request = await begin(harness)
    slice_one = harness.record(
        harness.progressed(request, until=500, synced=1, folders=(counts(in_account=3, synced=2, missing=1),))
    )
    await harness.events.handle([slice_one, slice_one])
    (request,) = await harness.send_due()
    await harness.events.handle([slice_one])
    last = harness.record(
        harness.finished(
            request, synced_count=1, folders=(counts(in_account=2, synced=2), counts("sent", extra=1))
        )
    )
    await harness.take(wanted("g", "missing"))
    await harness.events.handle([last, last])
    await harness.events.handle([last])
    found = await report(harness, account_id)
    assert not found.proven
    assert found.totals == Counts(in_account=5, synced=4, missing=1, extra=1, differing=0)
    (repair,) = await end_wait(harness)
    assert repair.kind is SyncKind.MESSAGE, "the proof waits for the repairs"
    await harness.take(harness.finished(repair))
    assert await harness.send_due() == [], "and until they are stored"
    (proof,) = await end_wait(harness)
    assert (proof.kind, proof.repair, proof.follow_up) == (SyncKind.AUDIT, False, False)
    assert (await harness.runs.report(run_id)).pending == 1
    await harness.take(harness.finished(proof, folders=(counts(in_account=5, synced=5),)))
    await harness.send_due()
    await harness.pool.execute(
        "INSERT INTO email_folders (id, account_id, nylas_folder_id, name, observed_at, source_rank, event_id)"
        " VALUES (gen_random_uuid(), $1, 'inbox', 'Eingang', 1, 1, 'e')",
        account_id,
    )
    found = await report(harness, account_id)
    assert (found.proven, [p.number for p in found.passes]) == (True, [1, 2])
    assert [(f.name, f.in_account) for f in found.folders] == [("Eingang", 5)]
    ended = await harness.runs.report(run_id)
    assert (ended.success, ended.details[0].synced_count) == (True, 2)


async def test_a_proof_waits_for_repairs_no_longer_than_it_must(harness: Harness) -> None:
    _, _, request = await begin(harness)
    await harness.take(wanted("g", "slow"), harness.finished(request, folders=(counts(missing=1),)))
    await harness.send_due()
    assert await end_wait(harness) == []
    await harness.pool.execute("UPDATE sync_tasks SET hold_until = now() WHERE kind = 'audit'")
    (proof,) = await end_wait(harness)
    assert not proof.repair


async def test_an_audit_that_proves_nothing_fails_its_run(harness: Harness) -> None:
    account_id, run_id, request = await begin(harness)
    await harness.take(harness.finished(request, folders=(counts(missing=1),)))
    for _ in limits.PROOF_PAUSES_SECONDS:
        (proof,) = await end_wait(harness)
        assert not proof.repair
        await harness.take(harness.finished(proof, folders=(counts(missing=1, differing=2),)))
    assert await end_wait(harness) == []
    ended = await harness.runs.report(run_id)
    assert (ended.success, ended.details[0].error) == (
        False,
        "not proven: 1 missing, 0 extra, 2 differing",
    )
    found = await report(harness, account_id)
    assert (found.proven, [p.number for p in found.passes]) == (False, [1, 2, 3, 4])


async def test_a_worker_that_knows_no_audits_fails_the_run_and_is_not_asked_for_ever(
    harness: Harness,
) -> None:
    account_id, run_id, request = await begin(harness)
    for _ in range(delays.AUDIT_ATTEMPTS):
        await harness.take(harness.finished(request, SyncOutcome.FAILED, error="older"))
        await harness.schedule_now()
        requests = await harness.send_due()
        request = requests[0] if requests else request
    assert (await harness.task(request.task_id))["state"] == "done"
    assert (await harness.runs.report(run_id)).failed == 1
    found = await report(harness, account_id)
    assert (found.proven, found.running) == (False, False)


async def test_scheduled_audits_are_spread_and_come_once(harness: Harness) -> None:
    weekly = Harness(harness.pool, intervals=SyncIntervals(INTERVAL, audit_interval=604_800.0))
    await weekly.quiet("g")
    await weekly.add_account("fresh", fresh=True)
    await weekly.tick()
    planned = await harness.pool.fetchval(
        "SELECT extract(EPOCH FROM next_audit_at - now())::float8 FROM account_schedules WHERE grant_id = 'g'"
    )
    assert 0 <= planned <= 604_800
    await harness.pool.execute("UPDATE account_schedules SET next_audit_at = now()")
    requests = await weekly.tick() + await weekly.second().tick()
    assert [(r.grant_id, r.kind) for r in requests if r.kind is SyncKind.AUDIT] == [("g", SyncKind.AUDIT)]
    assert await weekly.tick() == []


async def test_an_audit_waits_for_the_first_pass(harness: Harness) -> None:
    account_id = await harness.add_account("g", fresh=True)
    await harness.tick()
    await harness.runs.start_manual(account_id, SyncKind.AUDIT)
    assert await harness.send_due() == []
