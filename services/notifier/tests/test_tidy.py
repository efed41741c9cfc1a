"""Only old rows are deleted."""

from collections import Counter

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


async def test_an_incident_that_lasts_longer_than_notices_are_kept_is_reminded_of_and_ends(
    harness: Harness,
) -> None:
    await harness.channel("http://127.0.0.1:1/", reminder_seconds=86_400)
    alert = raised()
    await harness.alerts(alert)
    for _ in range(3):
        await harness.pool.execute(
            "UPDATE notices SET created_at = created_at - make_interval(days => $1), state = 'assembled'",
            limits.STATE_DAYS + 1,
        )
        async with harness.pool.acquire() as connection:
            await tidy(connection, max_age_seconds=MAX_AGE)
        await harness.follower.remind(await harness.channels.list())
    await harness.alerts(end_of(alert))
    assert Counter(notice["event"] for notice in await harness.notices()) == {
        "opened": 1,
        "reminder": 3,
        "ended": 1,
    }
