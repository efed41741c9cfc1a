"""Time limits of a shutdown, whatever Kafka, Postgres, Nylas or a client does (INV-35).

In this order: idle connections of clients are closed, requests in flight are answered, and all parts are closed.
Each part of the last step has its own bound; a part that exceeds it is abandoned, which loses nothing: uncommitted
work is repeated. Kubernetes, Compose and devkit give a process `GRACE_SECONDS`, which
tests/deploy holds together.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any

from .logs import get_logger
from .web.bounded_http import Bounds

KEPT_CONNECTIONS_SECONDS = int(Bounds().idle_seconds)
"""Keep-alive time of an unused connection. After SIGTERM, this or the next response ends it."""

REQUESTS_SECONDS = 19
"""Time for requests in flight, after `KEPT_CONNECTIONS_SECONDS`."""

WORK_SECONDS = 12
"""Longest wait of a rebalance or a stop for the work in flight: longer than a batch's deadline and one
back-off, shorter than the rebalance time-out."""

LEAVE_SECONDS = 2
"""For leaving the groups. aiokafka 0.14 waits for the broker's answer as long as for any request, 40 s here, and a
broker that is frozen never gives it; then the member's session runs out."""

DISCONNECT_SECONDS = 2
"""For closing the connections of a reader or an admin client. Over TLS asyncio waits 30 s for the peer's close_notify
(`ssl_shutdown_timeout`, Python 3.11), aiokafka 0.14 waits for that, and a broker reads nothing while it works on a
request of the same connection: seen on Kafka 4.3.1, where every third start of a persister took half a minute more."""

FLUSH_SECONDS = 3
"""For records that the producers still hold: their publishers have given up by then, or repeat them."""

POOL_SECONDS = 2
"""asyncpg 0.32 waits without end until every connection has been released and the server has closed it."""

SPANS_SECONDS = 1
"""For the export of the last spans, if there is a collector; those that it does not take in time are lost."""

CLOSE_SECONDS = WORK_SECONDS + LEAVE_SECONDS + FLUSH_SECONDS + POOL_SECONDS + SPANS_SECONDS + 1

STOP_SECONDS = KEPT_CONNECTIONS_SECONDS + REQUESTS_SECONDS + CLOSE_SECONDS
"""From SIGTERM to the end of the process."""

GRACE_SECONDS = STOP_SECONDS + 5
"""Time from SIGTERM until the process is killed."""

EXIT_LATE = 71

log = get_logger(__name__)


async def within(seconds: float, what: str, closing: Coroutine[Any, Any, object]) -> None:
    """Wait until something is closed; abandon it after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await closing
    except TimeoutError:
        log.warning("close_abandoned", what=what, seconds=seconds)


def end_in_time(seconds: float = STOP_SECONDS) -> threading.Timer:
    """End the process after `seconds`, even if a task cannot be cancelled or the event loop is blocked.

    Returns:
        A handle to cancel once everything has ended.
    """

    def end() -> None:
        sys.stderr.write(f"stopping took longer than {seconds:g} s\n")
        sys.stderr.flush()
        os._exit(EXIT_LATE)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer
