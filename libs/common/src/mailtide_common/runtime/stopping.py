"""How long a stop may take, whatever Kafka, Postgres, Nylas or a client does.

One after the other: clients give up the connections that they keep, requests in flight are answered, and everything
is closed. Every part of the last step has a bound of its own; what does not end within it is abandoned, since nothing
is lost by that: uncommitted work is done again. Kubernetes, Compose and devkit give a process `GRACE_SECONDS`, which
tests/deploy holds together.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from typing import Any

from .bounded_http import Bounds
from .logs import get_logger

KEPT_CONNECTIONS_SECONDS = int(Bounds().idle_seconds)
"""A connection that is not used is closed after so long. After SIGTERM that, or its next answer, ends it."""

REQUESTS_SECONDS = 20
"""Requests in flight get so long after that."""

WORK_SECONDS = 12
"""A rebalance or a stop waits so long for the work in flight. Longer than a batch's deadline and one back-off, shorter
than the rebalance time-out."""

LEAVE_SECONDS = 2
"""For leaving the groups. aiokafka 0.14 waits for the broker's answer as long as for any request, 40 s here, and a
broker that is frozen never gives it; then the member's session runs out."""

DISCONNECT_SECONDS = 2
"""For closing the connections of a reader or an admin client. Over TLS asyncio waits 30 s for the peer's own farewell
(`ssl_shutdown_timeout`, Python 3.11), aiokafka 0.14 waits for that, and a broker reads no farewell while it works on a
request of the same connection: seen on Kafka 4.3.1, where every third start of a persister took half a minute more."""

FLUSH_SECONDS = 3
"""For what the producers still hold: whoever published it has given up by then, or repeats it."""

POOL_SECONDS = 2
"""asyncpg 0.32 waits without end until every connection has been released and the server has closed it."""

CLOSE_SECONDS = WORK_SECONDS + LEAVE_SECONDS + FLUSH_SECONDS + POOL_SECONDS + 1

STOP_SECONDS = KEPT_CONNECTIONS_SECONDS + REQUESTS_SECONDS + CLOSE_SECONDS
"""From SIGTERM to the end of the process."""

GRACE_SECONDS = STOP_SECONDS + 5
"""What a process is given before it is killed."""

EXIT_LATE = 71

log = get_logger(__name__)


async def within(seconds: float, what: str, closing: Coroutine[Any, Any, object]) -> None:
    """Wait until something is closed; after `seconds` it is abandoned."""
    try:
        async with asyncio.timeout(seconds):
            await closing
    except TimeoutError:
        log.warning("close_abandoned", what=what, seconds=seconds)


def end_in_time(seconds: float = STOP_SECONDS) -> threading.Timer:
    """End the process after `seconds` whatever hangs in it: for what cannot be cancelled, and a blocked event loop.

    Returns:
        What can be cancelled once everything has ended.
    """

    def end() -> None:
        sys.stderr.write(f"stopping took longer than {seconds:g} s\n")
        sys.stderr.flush()
        os._exit(EXIT_LATE)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer
