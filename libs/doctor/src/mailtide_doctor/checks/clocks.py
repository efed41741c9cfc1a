"""Checks this host's clock against those of Kafka and Postgres."""

from collections.abc import Callable

from mailtide_common.contracts.api.doctor import Finding
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.contracts.versions import MAX_CLOCK_LEAD_SECONDS
from mailtide_common.runtime.clock import clock_difference, lead_text
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.controller_clock import read_controller_clock
from mailtide_common.runtime.postgres_errors import Connection
from mailtide_common.runtime.sql import load_sql

from .finding import error, note


async def check_clock(connection: Connection, clock: Callable[[], int]) -> list[Finding]:
    """Compare this host's clock with Postgres' (`judge_clock`)."""
    asked = clock()
    theirs: int = await connection.fetchval(load_sql(__package__, "get_server_time"))
    return judge_clock("clock", "Postgres'", clock_difference(asked, theirs, clock()))


async def check_kafka_clock(brokers: Brokers, clock: Callable[[], int]) -> list[Finding]:
    """Compare this host's clock with that of Kafka's active controller (`judge_clock`).

    If Kafka's clock cannot be read (see `read_controller_clock`), return a note.

    Raises:
        TransientError: Kafka is unavailable.
    """
    reading = await read_controller_clock(brokers, clock)
    if reading is None:
        return [
            note(
                "kafka-clock",
                "Kafka's clock cannot be read",
                "a broker with a slow clock refuses records, and this check cannot notice it",
                "grant this login Describe on the cluster; with Kafka 3.2 or older, or with ZooKeeper, compare "
                "the clocks by hand",
            )
        ]
    return judge_clock("kafka-clock", "Kafka's", clock_difference(*reading))


def judge_clock(check: str, whose: str, lead: int) -> list[Finding]:
    """Return a finding if this host's clock differs from a server's by more than `MAX_CLOCK_LEAD_SECONDS`.

    Pure.

    Args:
        check: name of the check.
        whose: the server's name with an apostrophe, such as "Kafka's".
        lead: the result of `clock_difference`, in microseconds.
    """
    seconds = lead / MICROSECONDS
    if abs(seconds) <= MAX_CLOCK_LEAD_SECONDS:
        return []
    return [
        error(
            check,
            f"this host's clock is {lead_text(seconds)} {whose}",
            "a worker or scheduler with a wrong clock takes no work, and Kafka refuses records from the future",
            "synchronise the clocks of all hosts (NTP)",
        )
    ]
