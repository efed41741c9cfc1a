"""Time limits of a shutdown, whatever Kafka, Postgres, Nylas or a client does (INV-35).

A shutdown waits for clients to close idle connections, answers requests in flight, and closes all parts. Each part has
a time limit, after which it is abandoned. No record is lost, because uncommitted work is repeated; the client of an
abandoned request must repeat it, and spans that are not exported are lost. Kubernetes, Compose and devkit give a
process `GRACE_SECONDS`; `tests/deploy` verifies the first two.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any

from .logs import get_logger

KEPT_CONNECTIONS_SECONDS = 5
"""Keep-alive time of an unused connection, and time for clients to close theirs after SIGTERM."""

REQUESTS_SECONDS = 19
"""Time for requests in flight, after `KEPT_CONNECTIONS_SECONDS`."""

WORK_SECONDS = 12
"""Longest time for which a rebalance or a shutdown waits for work in flight: longer than a batch's deadline and one
back-off."""

LAST_COMMIT_SECONDS = 2
"""Time for the commit after it; both are shorter than the rebalance time-out."""

LEAVE_SECONDS = 2
"""Time for leaving consumer groups. aiokafka 0.14 waits up to the request time-out, 20 s here, for the broker's
answer, which a frozen broker never sends; the member's session expires instead."""

DISCONNECT_SECONDS = 2
"""Time for closing the connections of a reader or an admin client. Over TLS, asyncio waits up to 30 s for the peer's
close_notify (`ssl_shutdown_timeout`, Python 3.11), aiokafka 0.14 waits for asyncio, and a broker reads nothing from
a connection while it works on one of its requests: with Kafka 4.3.1, every third start of a persister took 30 s
longer."""

FLUSH_SECONDS = 3
"""Time for records still buffered by producers, whose publishers have given up by then or will repeat them."""

POOL_SECONDS = 2
"""Time for closing the pool. asyncpg 0.32 would wait without a limit until all connections are released and closed."""

SPANS_SECONDS = 1
"""Time for exporting the last spans, if there is a collector; spans not accepted in time are lost."""

CLOSE_SECONDS = (
    WORK_SECONDS + LAST_COMMIT_SECONDS + LEAVE_SECONDS + FLUSH_SECONDS + POOL_SECONDS + SPANS_SECONDS
)

STOP_SECONDS = KEPT_CONNECTIONS_SECONDS + REQUESTS_SECONDS + CLOSE_SECONDS
"""Longest time from SIGTERM to the end of the process."""

GRACE_SECONDS = STOP_SECONDS + 4
"""Time from SIGTERM until the process is killed."""

EXIT_LATE = 71

log = get_logger(__name__)


async def within(seconds: float, what: str, closing: Coroutine[Any, Any, object]) -> None:
    """Await the closing of a part, and abandon it after `seconds`; `what` names it in the log.

    A CancelledError of the part itself ends the closing, not the caller: aiokafka 0.14.0's `AIOKafkaConsumer.stop`
    raises one if a fetch has just failed, for example while a broker is down (seen with three brokers of Kafka 4.3.1).
    In a task group, such a task would end without a trace.
    """
    task = asyncio.current_task()
    requests = task.cancelling() if task else 0
    try:
        async with asyncio.timeout(seconds):
            await closing
    except TimeoutError:
        log.warning("close_abandoned", what=what, seconds=seconds)
    except asyncio.CancelledError:
        if task is None or task.cancelling() > requests:
            raise
        log.info("close_cancelled", what=what)


def end_in_time() -> threading.Timer:
    """Start a timer that ends the process with `EXIT_LATE` after `STOP_SECONDS`, even if the event loop hangs.

    Returns:
        The timer; cancel it once everything has ended.
    """

    def end() -> None:
        sys.stderr.write(
            f"stopping took longer than {STOP_SECONDS} s and was cut off; unfinished work is repeated\n"
        )
        sys.stderr.flush()
        os._exit(EXIT_LATE)

    timer = threading.Timer(STOP_SECONDS, end)
    timer.daemon = True
    timer.start()
    return timer
