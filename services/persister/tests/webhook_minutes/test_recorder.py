"""Minutes of webhooks, on a real Postgres."""

import asyncio
from math import inf

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.runtime.errors import TransientError
from mailtide_devkit.local.waiting import until
from mailtide_persister.webhook_minutes.recorder import BOUNDS, WebhookMinutes


async def test_several_persisters_add_to_one_histogram_a_minute(pool: asyncpg.Pool) -> None:
    now = 1_800_000_030.0
    await pool.execute("INSERT INTO webhook_minutes VALUES (now() - interval '73 hours', 1, 1)")
    first, second = (WebhookMinutes(pool, lambda: now) for _ in range(2))
    first.observe([0.001, 0.02, 0.02, 9_999])
    second.observe([0.02])
    await asyncio.gather(first.store(), second.store())
    now += 60
    first.observe([2])
    await first.store()
    await first.store()
    rows = await pool.fetch(
        "SELECT extract(epoch FROM minute)::integer AS at, seconds, webhooks FROM webhook_minutes ORDER BY 1, 2"
    )
    assert [tuple(row) for row in rows] == [
        (1_800_000_000, 0.001, 1),
        (1_800_000_000, 0.025, 3),
        (1_800_000_000, inf, 1),
        (1_800_000_060, 2.5, 1),
    ]


@pytest.mark.fault
async def test_what_postgres_does_not_take_is_kept_and_stored_at_the_stop(pool: asyncpg.Pool) -> None:
    minutes = WebhookMinutes(pool)
    minutes.observe([1])
    await pool.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$"
    )
    await pool.execute(
        "CREATE TRIGGER fails BEFORE INSERT ON webhook_minutes FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    with pytest.raises(TransientError):
        await minutes.store()
    await pool.execute("DROP TRIGGER fails ON webhook_minutes")
    running = asyncio.create_task(minutes.run())
    await asyncio.sleep(0)
    minutes.stop()
    await running
    assert await pool.fetchval("SELECT sum(webhooks) FROM webhook_minutes") == 1


async def test_what_is_counted_during_the_last_store_is_stored_too(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailtide_persister.limits.WEBHOOK_MINUTES_SECONDS", 0.01)
    minutes = WebhookMinutes(pool)
    minutes.observe([1])

    async def waits() -> bool:
        return bool(await pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    async with pool.acquire() as other:
        async with other.transaction():
            await other.execute("LOCK TABLE webhook_minutes")
            running = asyncio.create_task(minutes.run())
            await until(waits, what="the store waits")
            minutes.observe([2])
            minutes.stop()
        await running
    assert await pool.fetchval("SELECT sum(webhooks) FROM webhook_minutes") == 2


@given(st.floats(0, 1e9))
def test_every_time_has_a_bucket(seconds: float) -> None:
    assert any(seconds <= bound for bound in BOUNDS)
