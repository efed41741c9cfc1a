"""Silence: mail arrives without notifications, so the secret is replaced; single losses change nothing."""

import time

import asyncpg
import pytest

from mailtide_common.contracts.events import AlertKind, SyncKind, SyncRequested, Unannounced
from mailtide_common.contracts.times import MICROSECONDS, UnixMicros, UnixSeconds, in_micros
from mailtide_common.runtime.clock import now_us
from mailtide_harness.servers.nylas_webhooks import WebhookHarness
from mailtide_scheduler import limits
from mailtide_scheduler.webhooks.silence import Finding, is_silence


async def found(harness: WebhookHarness, messages: int, *, oldest: int, newest: int) -> None:
    """Report a clean delta that found mail of these dates (Unix seconds) that no notification had announced."""
    request = await claimed(harness)
    unannounced = Unannounced(messages=messages, oldest=oldest, newest=newest)
    event = harness.finished(request, watermark=1, unannounced=unannounced)
    await harness.take(event, event)


async def claimed(harness: WebhookHarness) -> SyncRequested:
    await harness.pool.execute("UPDATE account_schedules SET next_sync_at = now()")
    (request,) = await harness.tick()
    return request


@pytest.fixture
async def harness(pool: asyncpg.Pool) -> WebhookHarness:
    harness = WebhookHarness(pool)
    await harness.add_account("g")
    return harness


def soon() -> int:
    """Return a date after the previous finding: mail that arrives during a test is never old enough by itself."""
    return int(time.time()) + 60


async def test_a_secret_replaced_by_hand_is_replaced_by_ours_once(harness: WebhookHarness) -> None:
    """INV-9."""
    theirs = await harness.secret()
    began = int(time.time()) - 900
    harness.notified_at = in_micros(UnixSeconds(began - 1))
    await found(harness, 2, oldest=began, newest=began + 60)
    assert await harness.listen() == [], "one pass also finds what was lost while the ingress was away"
    await found(harness, 2, oldest=began + 300, newest=soon())
    assert await harness.listen() == [AlertKind.WEBHOOK_SILENT]
    ours = await harness.secret()
    assert ours != theirs
    (request,) = await harness.tick()
    assert request.kind is SyncKind.DELTA, "the gap is listed"
    await harness.take(harness.finished(request, watermark=1))
    for _ in range(2):
        await found(harness, 5, oldest=soon(), newest=soon() + 60)
        assert await harness.listen() == []
    assert await harness.secret() == ours, "another cause: the secret is left alone for a while"
    harness.notified_at = UnixMicros(now_us() + 1)
    assert await harness.listen() == [AlertKind.WEBHOOK_RESTORED]
    assert await harness.listen() == []
    (request,) = await harness.tick()
    assert request.kind is SyncKind.DELTA


async def test_two_schedulers_replace_it_once(harness: WebhookHarness) -> None:
    other = harness.beside()
    await harness.secret()
    await other.secret()
    for newest in (int(time.time()) - 600, soon()):
        await found(harness, 2, oldest=newest - 1, newest=newest)
    rotations = "POST /v3/webhooks/rotate-secret/"
    await harness.listen()
    await other.listen()
    assert len([call for call in harness.nylas.calls if call.startswith(rotations)]) == 1


async def test_a_rotation_that_nylas_refuses_is_made_when_it_is_back(harness: WebhookHarness) -> None:
    old = await harness.secret()
    await found(harness, 2, oldest=1, newest=2)
    await found(harness, 2, oldest=1, newest=soon())
    harness.nylas.down = True
    assert await harness.listen() == [AlertKind.WEBHOOK_SILENT]
    harness.nylas.down = False
    assert await harness.secret() != old


async def test_single_losses_are_forgotten_when_a_notification_comes(harness: WebhookHarness) -> None:
    secret = await harness.secret()
    now = int(time.time())
    await found(harness, 5, oldest=now - 900, newest=now - 800)
    await found(harness, 5, oldest=now - 500, newest=soon())
    harness.notified_at = in_micros(UnixSeconds(now - 400))
    assert await harness.listen() == []
    assert await harness.secret() == secret
    assert await harness.pool.fetchval("SELECT count(*) FROM unannounced_mail") == 0
    await found(harness, 2, oldest=now - 300, newest=soon())
    assert await harness.listen() == []
    assert harness.asked == 1, "Kafka is asked only when there is something to explain"


async def test_a_secret_that_the_operator_keeps_is_only_told_of(pool: asyncpg.Pool) -> None:
    harness = WebhookHarness(pool, operator_keeps_secret=True)
    await harness.add_account("g")
    secret = await harness.secret()
    await found(harness, 2, oldest=1, newest=2)
    await found(harness, 2, oldest=1, newest=soon())
    assert await harness.listen() == [AlertKind.WEBHOOK_SILENT]
    assert await harness.listen() == []
    assert await harness.secret() == secret


async def test_after_the_cool_down_it_is_replaced_again(harness: WebhookHarness) -> None:
    await harness.secret()
    await found(harness, 2, oldest=1, newest=2)
    await found(harness, 2, oldest=1, newest=soon())
    await harness.listen()
    first = await harness.secret()
    await harness.pool.execute(
        "UPDATE webhook_destinations SET silence_rotated_at = silence_rotated_at - $1::bigint",
        limits.SILENCE_ROTATION_SECONDS * MICROSECONDS,
    )
    await found(harness, 2, oldest=soon(), newest=soon())
    await found(harness, 2, oldest=soon(), newest=soon())
    assert await harness.listen() == [], "the incident lasts, and is told once"
    assert await harness.secret() != first


async def test_slices_count_too_and_a_repeated_report_does_not(harness: WebhookHarness) -> None:
    request = await claimed(harness)
    found = Unannounced(messages=4, oldest=1, newest=2)
    slice_ = harness.progressed(request, 1_700_000_000, 4, unannounced=found)
    await harness.take(slice_, slice_)
    assert await harness.pool.fetchval("SELECT sum(messages)::int FROM unannounced_mail") == 4


def finding(found_at: int, messages: int, oldest: int, newest: int) -> Finding:
    """All times are in Unix seconds."""
    return Finding(in_micros(UnixSeconds(found_at)), messages, UnixSeconds(oldest), UnixSeconds(newest))


@pytest.mark.parametrize(
    ("found", "silent"),
    [
        ([], False),
        ([finding(10, 100, 1, 9)], False),
        ([finding(10, 1, 1, 9), finding(20, 1, 11, 19)], False),
        ([finding(10, 2, 1, 9), finding(20, 1, 11, 19)], True),
        ([finding(20, 2, 5, 9), finding(10, 2, 1, 9)], False),
    ],
)
def test_silence_is_mail_again_after_a_pass_had_found_some(found: list[Finding], silent: bool) -> None:
    assert is_silence(found) is silent
    assert is_silence(found[::-1]) is silent
