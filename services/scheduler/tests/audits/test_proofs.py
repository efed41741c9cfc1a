"""What is proven, and when it is looked at again, on a real Postgres."""

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
from mailtide_harness.scheduler import INTERVAL, Bench, wanted
from mailtide_scheduler.audits.report import audit_report
from mailtide_scheduler.policy import Policy, ascending_seconds

pytestmark = pytest.mark.real

AFTER = (0.0, 3_600.0, 86_400.0)
WHOLE = (FolderCount(folder_id="inbox", in_account=40, synced=40),)


@pytest.fixture
def bench(pool: Any) -> Bench:
    return Bench(pool, policy=Policy(INTERVAL, audit_interval=0.0, folder_interval=0.0, proof_after=AFTER))


async def audits(bench: Bench) -> list[SyncRequested]:
    return [request for request in await bench.tick() if request.kind is SyncKind.AUDIT]


async def backfilled(bench: Bench) -> SyncRequested:
    """The audit that follows the first backfill of an account."""
    await bench.add_account("g", fresh=True)
    (backfill,) = [r for r in await bench.tick() if r.kind is SyncKind.BACKFILL]
    await bench.take(bench.finished(backfill, watermark=1_700_000_000))
    (audit,) = await audits(bench)
    return audit


async def pass_time(bench: Bench, seconds: float) -> None:
    await bench.pool.execute(
        "UPDATE account_schedules SET next_proof_at = next_proof_at - $1::interval,"
        " proving_since = proving_since - $1::interval",
        timedelta(seconds=seconds),
    )


async def said(bench: Bench) -> list[MailboxProven]:
    await bench.proof_publisher.publish_pending()
    return [event for event in bench.publisher.taken() if isinstance(event, MailboxProven)]


async def reported(bench: Bench) -> tuple[bool, list[str]]:
    """What the report calls proven, and by comparing what."""
    async with bench.pool.acquire() as connection:
        found = await audit_report(connection, account_uuid("g"))
    assert found is not None
    return found["proven"], found["proves"]


async def test_a_backfill_is_audited_at_once_and_again_and_again(bench: Bench) -> None:
    audit = await backfilled(bench)
    assert audit.repair
    for seconds in AFTER[1:]:
        await bench.take(bench.finished(audit, folders=WHOLE))
        assert await audits(bench) == []
        await pass_time(bench, seconds)
        found = await audits(bench) + await audits(bench.second())
        (audit,) = found
    await bench.take(bench.finished(audit, folders=WHOLE))
    assert (await bench.schedule("g"))["next_proof_at"] is None


async def test_a_proof_is_published_once_with_what_it_compared(bench: Bench) -> None:
    audit = await backfilled(bench)
    bench.publisher.taken()
    done = bench.record(bench.finished(audit, folders=WHOLE, compared=(Compared.IDS, Compared.CONTENT)))
    await bench.events.handle([done, done])
    (proof,) = await said(bench)
    assert (proof.grant_id, proof.proves) == ("g", (Compared.IDS, Compared.CONTENT))
    began = (await bench.task(audit.task_id))["began_at"]
    assert proof.proven_at == pytest.approx(began.timestamp() * 1e6, abs=2)
    assert await said(bench) == []
    assert await bench.take(proof) == [], "it hears itself"


async def test_what_is_missing_or_empty_proves_nothing(bench: Bench) -> None:
    """INV-21."""
    audit = await backfilled(bench)
    await bench.take(bench.finished(audit))
    assert await said(bench) == [], "an empty listing, while more proofs are to come"
    assert await reported(bench) == (False, [])
    for seconds in AFTER[1:]:
        await pass_time(bench, seconds)
        (audit,) = await audits(bench)
        if seconds != AFTER[-1]:
            await bench.take(
                bench.finished(audit, folders=(FolderCount(folder_id="i", in_account=2, missing=1),))
            )
            assert await said(bench) == []
            await bench.pool.execute("UPDATE sync_tasks SET state = 'done' WHERE kind = 'audit'")
    await bench.take(bench.finished(audit))
    assert len(await said(bench)) == 1, "after a day, the mailbox is empty"
    assert await reported(bench) == (True, ["ids", "state"])


async def test_the_end_of_nylas_own_first_sync_starts_a_backfill_and_new_proofs(bench: Bench) -> None:
    audit = await backfilled(bench)
    await bench.take(bench.finished(audit, folders=WHOLE))
    await pass_time(bench, AFTER[1])
    (audit,) = await audits(bench)
    await bench.take(bench.finished(audit, folders=WHOLE))
    ended = wanted("g", None, kind=SyncKind.BACKFILL).model_copy(update={"reason": FIRST_SYNC_ENDED})
    await bench.take(ended, ended)
    (backfill,) = [r for r in await bench.tick() if r.kind is SyncKind.BACKFILL]
    await bench.take(bench.finished(backfill, watermark=1_700_000_000))
    assert len(await audits(bench)) == 1
    assert (await bench.schedule("g"))["proofs_begun"] == 1


async def test_a_paused_account_is_proven_later(bench: Bench) -> None:
    audit = await backfilled(bench)
    await bench.take(bench.finished(audit, folders=WHOLE))
    await bench.pool.execute("UPDATE email_accounts SET status = 'paused'")
    await pass_time(bench, AFTER[1])
    assert await audits(bench) == []
    await bench.pool.execute("UPDATE email_accounts SET status = 'active'")
    await pass_time(bench, AFTER[1])
    assert len(await audits(bench)) == 1
    assert (await bench.schedule("g"))["proofs_begun"] == 2


@pytest.mark.parametrize("text", ["1,1", "2,1", "x", "1,,2", "nan", "1,inf"])
def test_only_ascending_seconds_are_taken(text: str) -> None:
    with pytest.raises(ValueError, match=r"ascending|float"):
        ascending_seconds(text)
    assert ascending_seconds("never") == ()
