"""A valid grant that may not read mail: told once, asked seldom, over when mail can be read. On a real Postgres."""

from mailtide_common.contracts.events import AlertKind, SyncKind, SyncOutcome, SyncRequested
from mailtide_harness.scheduler import Harness, account, wanted
from mailtide_scheduler import limits

MISSING = "consent is missing: connect the mailbox again with permission to read mail"


async def refuse(harness: Harness, request: SyncRequested) -> None:
    await harness.take(harness.finished(request, SyncOutcome.FAILED, error=MISSING, forbidden=True))


async def test_it_is_told_once_and_ends_when_mail_can_be_read(harness: Harness) -> None:
    await harness.add_account("g")
    run_id = await harness.runs.start_or_join_cron()
    (delta,) = await harness.tick()
    await refuse(harness, delta)
    assert await harness.send_due() == [], "no run tries again what only the owner can change"
    (line,) = (await harness.runs.report(run_id)).details
    assert (line.status, line.error) == ("failed", MISSING)
    for _ in range(3):
        await harness.schedule_now()
        (delta,) = await harness.send_due()
        await refuse(harness, delta)
    assert [(alert.kind, alert.subject) for alert in await harness.alerts()] == [
        (AlertKind.CONSENT_MISSING, "g")
    ]
    due = await harness.pool.fetchval(
        "SELECT extract(epoch FROM due_at - now())::float8 FROM sync_tasks WHERE state = 'pending'"
    )
    assert due > 4 * limits.FORBIDDEN_BACKOFF.first_seconds - 1, "calls back off"
    await harness.take(wanted("g", None, kind=SyncKind.ACCOUNT))
    (status,) = await harness.send_due()
    await harness.take(harness.finished(status))
    ended = "SELECT count(*) FROM incidents WHERE ended_at IS NOT NULL"
    assert await harness.pool.fetchval(ended) == 0, "a grant's status can be read without consent"
    await harness.handle(account("g", 99, connected_at=99))
    (delta,) = [r for r in await harness.tick() if r.kind is SyncKind.DELTA]
    await harness.take(harness.finished(delta, watermark=1))
    assert await harness.pool.fetchval(ended) == 1
    assert await harness.alerts() == []
