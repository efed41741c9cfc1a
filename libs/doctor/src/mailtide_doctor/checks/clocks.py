"""Checks of clocks: this host's against those of Kafka and Postgres."""

from collections.abc import Callable

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.contracts.versions import MAX_CLOCK_LEAD_SECONDS
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.controller_clock import read_controller_clock
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql

from .finding import error, note


async def check_clock(connection: Connection, clock: Callable[[], int]) -> list[Finding]:
    """Compare this host's clock (microseconds since 1970) with Postgres'."""
    asked = clock()
    theirs: int = await connection.fetchval(load_sql(__package__, "get_server_time"))
    return judge_clock("clock", "Postgres'", asked, theirs, clock())


async def check_kafka_clock(brokers: Brokers, clock: Callable[[], int]) -> list[Finding]:
    """Compare this host's clock (microseconds since 1970) with that of Kafka's active controller.

    Raises:
        TransientError: no broker answers.
    """
    reading = await read_controller_clock(brokers, clock)
    if reading is None:
        return [
            note(
                "kafka-clock",
                "Kafka's clock cannot be read",
                "brokers whose clock is behind refuse records, as if these were of the future",
                "grant this login Describe on the cluster; before Kafka 3.3, compare it by hand",
            )
        ]
    return judge_clock("kafka-clock", "Kafka's", *reading)


def judge_clock(check: str, whose: str, asked: int, theirs: int, answered: int) -> list[Finding]:
    """Return a finding if a server's clock, read between two moments of this host, differs too much. Pure."""
    lead = max(asked - theirs, 0) / MICROSECONDS
    lag = max(theirs - answered, 0) / MICROSECONDS
    if max(lead, lag) <= MAX_CLOCK_LEAD_SECONDS:
        return []
    side = f"{lead:.1f} s ahead of" if lead else f"{lag:.1f} s behind"
    return [
        error(
            check,
            f"this host's clock is {side} {whose}",
            "a service whose clock is ahead refuses to work; one that is behind loses to older observations",
            "synchronise the clocks of all hosts (NTP)",
        )
    ]
