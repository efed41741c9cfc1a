"""Statements on `webhook_minutes`, one function each."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mailtide_common.runtime.sql import load_sql
from mailtide_persister import limits
from mailtide_persister.apply.store import Connection


async def upsert_webhook_minutes(connection: Connection, counts: Mapping[tuple[int, float], int]) -> None:
    """Add counts of webhooks to `webhook_minutes`. A repetition adds them again.

    A key of `counts` is the minute of the commit (Unix seconds of its start), and the upper bound of a bucket
    in seconds. The bound of the last bucket is infinity.
    """
    ordered = sorted(counts)  # two persisters must not lock rows in opposite orders
    await connection.execute(
        sql("upsert_webhook_minutes"),
        [datetime.fromtimestamp(minute, UTC) for minute, _ in ordered],
        [bound for _, bound in ordered],
        [counts[key] for key in ordered],
    )


async def prune_webhook_minutes(connection: Connection) -> None:
    await connection.execute(sql("prune_webhook_minutes"), limits.WEBHOOK_MINUTES_HOURS)


def sql(name: str) -> str:
    return load_sql(__package__, name)
