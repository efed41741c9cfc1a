"""Proofs, and when they are repeated, on a real Postgres."""

from datetime import timedelta
from typing import Any

import pytest

from mailtide_common.contracts.events import (
    FIRST_SYNC_ENDED,
    Compared,
    FolderCount,
    MailboxProven,
    SyncKind,
    SyncRequested,
)
from mailtide_common.contracts.keys import account_uuid
from mailtide_harness.scheduler import INTERVAL, Harness, wanted
from mailtide_scheduler.audits.proofs import publish_proofs
from mailtide_scheduler.audits.report import audit_report
from mailtide_scheduler.sync_intervals import SyncIntervals, ascending_seconds

AFTER = (0.0, 3_600.0, 86_400.0)
WHOLE = (FolderCount(folder_id="inbox", in_account=40, synced=40),)


@pytest.fixture
def harness(pool: Any) -> Harness:
    return Harness(
        pool, intervals=SyncIntervals(INTERVAL, audit_interval=0.0, folder_interval=0.0, proof_after=AFTER)
    )


async def audits(harness: Harness) -> list[SyncRequested]:
    return [request for request in await harness.tick() if request.kind is SyncKind.AUDIT]


async def backfilled(harness: Harness) -> SyncRequested:
    """Return the audit that follows the first backfill of an account."""
    await harness.add_account("g", fresh=True)
    (backfill,) = [r for r in await harness.tick() if r.kind is SyncKind.BACKFILL]
    await harness.take(harness.finished(backfill, watermark=1_700_000_000))
    (audit,) = await audits(harness)
    return audit


async def pass_time(harness: Harness, seconds: float) -> None:
    await harness.pool.execute(
        "UPDATE account_schedules SET next_proof_at = next_proof_at - $1::interval,"
        " proving_since = proving_since - $1::interval",
        timedelta(seconds=seconds),
    )


async def said(harness: Harness) -> list[MailboxProven]:
    await publish_proofs(harness.pool, harness.publisher)
    return [event for event in harness.publisher.taken() if isinstance(event, MailboxProven)]


async def reported(harness: Harness) -> tuple[bool, tuple[Compared, ...]]:
    """Return whether the report says that the account is proven, and what was compared."""
    async with harness.pool.acquire() as connection:
        found = await audit_report(connection, account_uuid("g"))
    return found.proven, found.proves


async def test_a_backfill_is_audited_at_once_and_again_and_again(harness: Harness) -> None:
    audit = await backfilled(harness)
    assert audit.repair
    for seconds in AFTER[1:]:
        await harness.take(harness.finished(audit, folders=WHOLE))
        assert await audits(harness) == []
        await pass_time(harness, seconds)
        found = await audits(harness) + await audits(harness.second())
        (audit,) = found
    await harness.take(harness.finished(audit, folders=WHOLE))
    assert (await harness.schedule("g"))["next_proof_at"] is None


async def test_a_proof_is_published_once_with_what_it_compared(harness: Harness) -> None:
    audit = await backfilled(harness)
    harness.publisher.taken()
    done = harness.record(harness.finished(audit, folders=WHOLE, compared=(Compared.IDS, Compared.CONTENT)))
    await harness.events.handle([done, done])
    (proof,) = await said(harness)
    assert (proof.grant_id, proof.proves) == ("g", (Compared.IDS, Compared.CONTENT))
    began = (await harness.task(audit.task_id))["began_at"]
    assert proof.proven_at == pytest.approx(began.timestamp() * 1e6, abs=2)
    assert await said(harness) == []
    assert await harness.take(proof) == [], "it hears itself"


async def test_what_is_missing_or_empty_proves_nothing(harness: Harness) -> None:
    """INV-21."""
    audit = await backfilled(harness)
    await harness.take(harness.finished(audit))
    assert await said(harness) == [], "an empty listing, while more proofs are to come"
    assert await reported(harness) == (False, ())
    for seconds in AFTER[1:]:
        await pass_time(harness, seconds)
        (audit,) = await audits(harness)
        if seconds != AFTER[-1]:
            await harness.take(
                harness.finished(audit, folders=(FolderCount(folder_id="i", in_account=2, missing=1),))
            )
            assert await said(harness) == []
            await harness.pool.execute("UPDATE sync_tasks SET state = 'done' WHERE kind = 'audit'")
    await harness.take(harness.finished(audit))
    assert len(await said(harness)) == 1, "after a day, the mailbox is empty"
    assert await reported(harness) == (True, (Compared.IDS, Compared.STATE))


async def test_the_end_of_nylas_own_first_sync_starts_a_backfill_and_new_proofs(harness: Harness) -> None:
    audit = await backfilled(harness)
    await harness.take(harness.finished(audit, folders=WHOLE))
    await pass_time(harness, AFTER[1])
    (audit,) = await audits(harness)
    await harness.take(harness.finished(audit, folders=WHOLE))
    ended = wanted("g", None, kind=SyncKind.BACKFILL).model_copy(update={"reason": FIRST_SYNC_ENDED})
    await harness.take(ended, ended)
    (backfill,) = [r for r in await harness.tick() if r.kind is SyncKind.BACKFILL]
    await harness.take(harness.finished(backfill, watermark=1_700_000_000))
    assert len(await audits(harness)) == 1
    assert (await harness.schedule("g"))["proofs_begun"] == 1


async def test_a_paused_account_is_proven_later(harness: Harness) -> None:
    audit = await backfilled(harness)
    await harness.take(harness.finished(audit, folders=WHOLE))
    await harness.pool.execute("UPDATE email_accounts SET status = 'paused'")
    await pass_time(harness, AFTER[1])
    assert await audits(harness) == []
    await harness.pool.execute("UPDATE email_accounts SET status = 'active'")
    await pass_time(harness, AFTER[1])
    assert len(await audits(harness)) == 1
    assert (await harness.schedule("g"))["proofs_begun"] == 2


@pytest.mark.parametrize("text", ["1,1", "2,1", "x", "1,,2", "nan", "1,inf"])
def test_only_ascending_seconds_are_taken(text: str) -> None:
    with pytest.raises(ValueError, match=r"ascending|float"):
        ascending_seconds(text)
    assert ascending_seconds("never") == ()
