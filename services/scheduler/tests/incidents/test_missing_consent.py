"""A valid grant that may not read mail: told once, asked seldom, over when mail can be read. On a real Postgres."""

import pytest

from mailtide_common.contracts.events import AlertKind, SyncKind, SyncOutcome, SyncRequested
from mailtide_harness.scheduler import Bench, account, wanted
from mailtide_scheduler import limits
from mailtide_scheduler.tasks.backoff import forbidden_delay

pytestmark = pytest.mark.real

MISSING = "consent is missing: connect the mailbox again with permission to read mail"


async def refuse(bench: Bench, request: SyncRequested) -> None:
    await bench.take(bench.finished(request, SyncOutcome.FAILED, error=MISSING, forbidden=True))


async def test_it_is_told_once_and_ends_when_mail_can_be_read(bench: Bench) -> None:
    await bench.add_account("g")
    run_id = await bench.runs.start_or_join_cron()
    (delta,) = await bench.tick()
    await refuse(bench, delta)
    assert await bench.send_due() == [], "no run tries again what only the owner can change"
    (line,) = (await bench.runs.cron_report(run_id))["details"]
    assert (line["status"], line["error"]) == ("failed", MISSING)
    for _ in range(3):
        await bench.schedule_now()
        (delta,) = await bench.send_due()
        await refuse(bench, delta)
    assert [(alert.kind, alert.subject) for alert in await bench.alerts()] == [
        (AlertKind.CONSENT_MISSING, "g")
    ]
    due = await bench.pool.fetchval(
        "SELECT extract(epoch FROM due_at - now())::float8 FROM sync_tasks WHERE state = 'pending'"
    )
    assert due > 4 * limits.FORBIDDEN_FIRST_SECONDS - 1, "calls back off"
    await bench.take(wanted("g", None, kind=SyncKind.ACCOUNT))
    (status,) = await bench.send_due()
    await bench.take(bench.finished(status))
    ended = "SELECT count(*) FROM incidents WHERE ended_at IS NOT NULL"
    assert await bench.pool.fetchval(ended) == 0, "a grant's status can be read without consent"
    await bench.handle(account("g", 99, connected_at=99))
    (delta,) = [r for r in await bench.tick() if r.kind is SyncKind.DELTA]
    await bench.take(bench.finished(delta, watermark=1))
    assert await bench.pool.fetchval(ended) == 1
    assert await bench.alerts() == []


def test_the_back_off_is_bounded() -> None:
    delays = [forbidden_delay(attempts, 1.0) for attempts in range(40)]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (limits.FORBIDDEN_FIRST_SECONDS, limits.FORBIDDEN_CAP_SECONDS)
