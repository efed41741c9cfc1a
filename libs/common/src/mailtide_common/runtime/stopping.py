"""Time limits of the steps of a shutdown, whatever Kafka, Postgres, Nylas or a client does (INV-35).

A shutdown waits for clients to close idle connections, answers requests in flight, and closes all parts of
the process. A step that exceeds its time limit is abandoned. No record is lost, because uncommitted work is
repeated. Spans may be lost.

Kubernetes, Compose and devkit kill a process after `GRACE_SECONDS`. `tests/deploy` verifies this for
Kubernetes and Compose.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any

from .logs import get_logger

KEPT_CONNECTIONS_SECONDS = 5
"""Time after which an unused connection is closed. After SIGTERM, clients have the same time to close
connections."""

REQUESTS_SECONDS = 19
"""Time for requests in flight, after `KEPT_CONNECTIONS_SECONDS`."""

WORK_SECONDS = 12
"""Longest wait for work in flight, at a rebalance or a shutdown. It exceeds a batch's deadline."""

LAST_COMMIT_SECONDS = 2
"""Time for the commit after `WORK_SECONDS`. The sum of the two is below the rebalance time-out."""

LEAVE_SECONDS = 2
"""Time for leaving consumer groups.

aiokafka 0.14 would wait for the broker's answer until the request time-out (20 s here). If leaving is
abandoned, the member's session expires.
"""

DISCONNECT_SECONDS = 2
"""Time for closing the connections of a reader or an admin client.

Over TLS, asyncio waits up to 30 s for the peer's close_notify (`ssl_shutdown_timeout`, Python 3.11), and
aiokafka 0.14 waits for asyncio. A broker does not read from a connection while it works on a request of that
connection. With Kafka 4.3.1, every third start of a persister took 30 s longer.
"""

FLUSH_SECONDS = 3
"""Time for sending the records that producers still buffer. Their publication has failed already, or is
repeated."""

POOL_SECONDS = 2
"""Time for closing a pool. asyncpg 0.32 would wait without a limit until all connections are released."""

SPANS_SECONDS = 1
"""Time for exporting the last spans. Spans that are not accepted in time are lost."""

CLOSE_SECONDS = (
    WORK_SECONDS + LAST_COMMIT_SECONDS + LEAVE_SECONDS + FLUSH_SECONDS + POOL_SECONDS + SPANS_SECONDS
)

STOP_SECONDS = KEPT_CONNECTIONS_SECONDS + REQUESTS_SECONDS + CLOSE_SECONDS
"""Longest time from SIGTERM to the end of the process."""

GRACE_SECONDS = STOP_SECONDS + 4
"""Time from SIGTERM until the platform kills the process."""

EXIT_LATE = 71

log = get_logger(__name__)


async def within(seconds: float, what: str, closing: Coroutine[Any, Any, object]) -> None:
    """Await `closing`, and abandon it after `seconds`.

    A CancelledError that `closing` raises by itself is logged, and does not cancel the caller. aiokafka
    0.14.0's `AIOKafkaConsumer.stop` raises one if a fetch has just failed, for example while a broker is down
    (seen with three brokers of Kafka 4.3.1).

    `what` names the closed part in the log.
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
    """Start a timer that ends the process after `STOP_SECONDS`, even if the event loop hangs.

    The exit code is then `EXIT_LATE`.

    Returns:
        The timer. Cancel it when the shutdown is complete.
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
