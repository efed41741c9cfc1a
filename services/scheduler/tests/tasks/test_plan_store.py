"""When folders are listed, on a real Postgres."""

from typing import Any

import pytest

from mailtide_common.contracts.api.audits import Counts
from mailtide_common.contracts.events import FoldersCompared, SyncKind, SyncRequested
from mailtide_harness.scheduler import INTERVAL, Harness, wanted
from mailtide_scheduler.audits.report import audit_report
from mailtide_scheduler.database import connected
from mailtide_scheduler.sync_intervals import SyncIntervals

HOUR = 3_600.0


@pytest.fixture
def harness(pool: Any) -> Harness:
    return Harness(
        pool, intervals=SyncIntervals(INTERVAL, audit_interval=0.0, folder_interval=HOUR, proof_after=())
    )


async def listings(harness: Harness) -> list[SyncRequested]:
    return [request for request in await harness.tick() if request.kind is SyncKind.ACCOUNT]


async def turn_comes(harness: Harness) -> None:
    await harness.pool.execute("UPDATE account_schedules SET next_folders_at = now()")


async def test_folders_are_listed_by_turn_in_a_call_of_their_own(harness: Harness) -> None:
    await harness.quiet("g")
    assert await listings(harness) == []
    assert (await harness.schedule("g"))["next_folders_at"] is not None, "spread over the interval"
    await turn_comes(harness)
    (listing,) = await listings(harness)
    assert listing.folders_only
    assert await listings(harness) == []
    await harness.take(harness.finished(listing))
    away = await harness.pool.fetchval(
        "SELECT extract(epoch FROM next_folders_at - now())::float8 FROM account_schedules"
    )
    assert 0.85 * HOUR < away < 1.15 * HOUR


async def test_what_is_wanted_of_the_grant_is_not_narrowed_to_its_folders(harness: Harness) -> None:
    await harness.quiet("g")
    await turn_comes(harness)
    later = wanted("g", None, kind=SyncKind.ACCOUNT, folders_only=True)
    await harness.take(later, wanted("g", None, kind=SyncKind.ACCOUNT), later)
    (listing,) = await listings(harness)
    assert not listing.folders_only


async def test_a_mailbox_is_not_proven_beside_a_wrong_folder(harness: Harness) -> None:
    account_id = await harness.quiet("g")
    await harness.runs.start_manual(account_id, SyncKind.AUDIT)
    (audit,) = await harness.send_due()
    wrong = FoldersCompared(in_account=3, synced=2, differing=1)
    await harness.take(harness.progressed(audit, until=500, synced=0, folder_list=wrong))
    (audit,) = await harness.send_due()
    await harness.take(harness.finished(audit))
    async with connected(harness.pool) as connection:
        report = await audit_report(connection, account_id)
    assert (report.proven, report.proves) == (False, ())
    assert report.folder_list == Counts(in_account=3, synced=2, differing=1)
    await harness.pool.execute("UPDATE sync_tasks SET due_at = now()")
    (proof,) = await harness.send_due()
    await harness.take(harness.finished(proof, folder_list=FoldersCompared(in_account=3, synced=3)))
    async with connected(harness.pool) as connection:
        report = await audit_report(connection, account_id)
    assert report.proven
