"""Only old rows are deleted."""

from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.runtime.clock import now_us
from mailtide_harness.notifier import MAX_AGE, Harness, content, end_of, raised, state
from mailtide_notifier import limits
from mailtide_notifier.tidy import tidy

TABLES = ("notices", "notice_deliveries", "notice_incidents", "notice_messages")


async def test_only_what_is_old_is_dropped(harness: Harness) -> None:
    await harness.account()
    await harness.rule(await harness.channel("http://127.0.0.1:1/"))
    alert = raised()
    await harness.alerts(alert, end_of(alert))
    await harness.mail(content(), state())
    await harness.assembled()
    async with harness.pool.acquire() as connection:
        before = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]  # noqa: S608
        await tidy(connection, max_age_seconds=MAX_AGE)
        after = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]  # noqa: S608
        assert before == after
        assert 0 not in before
        days = limits.STATE_DAYS + 1
        for table in ("notices", "notice_deliveries"):
            await connection.execute(
                f"UPDATE {table} SET created_at = now() - make_interval(days => $1)",  # noqa: S608
                days,
            )
        await connection.execute(
            "UPDATE notice_incidents SET opened_at = $1", now_us() - days * 86_400 * MICROSECONDS
        )
        await connection.execute("UPDATE notice_messages SET received_at = 0")
        await tidy(connection, max_age_seconds=MAX_AGE)
        assert [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES] == [0] * 4  # noqa: S608
