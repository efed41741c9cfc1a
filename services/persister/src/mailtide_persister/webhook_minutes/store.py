"""Statements on `webhook_minutes`, one function each."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mailtide_common.runtime.sql import load_sql
from mailtide_persister import limits
from mailtide_persister.apply.store import Connection


async def upsert_webhook_minutes(connection: Connection, counts: Mapping[tuple[int, float], int]) -> None:
    """Add counts of webhooks to the histograms of their seconds from receipt to commit. Not safe to repeat.

    The key of a count is the commit's minute (Unix seconds of its start) and the upper bound of its bucket in seconds,
    which is infinity for the last bucket.
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
