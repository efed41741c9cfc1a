"""When folders are listed, on a real Postgres."""

from typing import Any

import pytest

from mailtide_common.contracts.events import FoldersCompared, SyncKind, SyncRequested
from mailtide_harness.scheduler import INTERVAL, Bench, wanted
from mailtide_scheduler.audits.report import audit_report
from mailtide_scheduler.database import connected
from mailtide_scheduler.policy import Policy

pytestmark = pytest.mark.real

HOUR = 3_600.0


@pytest.fixture
def bench(pool: Any) -> Bench:
    return Bench(pool, policy=Policy(INTERVAL, audit_interval=0.0, folder_interval=HOUR, proof_after=()))


async def listings(bench: Bench) -> list[SyncRequested]:
    return [request for request in await bench.tick() if request.kind is SyncKind.ACCOUNT]


async def turn_comes(bench: Bench) -> None:
    await bench.pool.execute("UPDATE account_schedules SET next_folders_at = now()")


async def test_folders_are_listed_by_turn_in_a_call_of_their_own(bench: Bench) -> None:
    await bench.quiet("g")
    assert await listings(bench) == []
    assert (await bench.schedule("g"))["next_folders_at"] is not None, "spread over the interval"
    await turn_comes(bench)
    (listing,) = await listings(bench)
    assert listing.folders_only
    assert await listings(bench) == []
    await bench.take(bench.finished(listing))
    away = await bench.pool.fetchval(
        "SELECT extract(epoch FROM next_folders_at - now())::float8 FROM account_schedules"
    )
    assert 0.85 * HOUR < away < 1.15 * HOUR


async def test_what_is_wanted_of_the_grant_is_not_narrowed_to_its_folders(bench: Bench) -> None:
    await bench.quiet("g")
    await turn_comes(bench)
    later = wanted("g", None, kind=SyncKind.ACCOUNT, folders_only=True)
    await bench.take(later, wanted("g", None, kind=SyncKind.ACCOUNT), later)
    (listing,) = await listings(bench)
    assert not listing.folders_only


async def test_a_mailbox_is_not_proven_beside_a_wrong_folder(bench: Bench) -> None:
    account_id = await bench.quiet("g")
    await bench.runs.start_manual(account_id, SyncKind.AUDIT)
    (audit,) = await bench.send_due()
    wrong = FoldersCompared(in_account=3, synced=2, differing=1)
    await bench.take(bench.progressed(audit, until=500, synced=0, folder_list=wrong))
    (audit,) = await bench.send_due()
    await bench.take(bench.finished(audit))
    async with connected(bench.pool) as connection:
        report = await audit_report(connection, account_id)
    assert report is not None
    assert (report["proven"], report["proves"]) == (False, [])
    assert report["folder_list"] == {"in_account": 3, "synced": 2, "missing": 0, "extra": 0, "differing": 1}
    await bench.pool.execute("UPDATE sync_tasks SET due_at = now()")
    (proof,) = await bench.send_due()
    await bench.take(bench.finished(proof, folder_list=FoldersCompared(in_account=3, synced=3)))
    async with connected(bench.pool) as connection:
        report = await audit_report(connection, account_id)
    assert report is not None
    assert report["proven"]
