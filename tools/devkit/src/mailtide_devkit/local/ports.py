"""Finds free ports for the servers that are started on this machine."""

import random
import socket

FIRST = 15_000
LAST = 31_999
"""The range is below the ephemeral ports.

The system could give an ephemeral port to an outgoing connection while the server of that port restarts. A
client could even connect to itself.
"""

_handed_out: set[int] = set()


def is_free(port: int) -> bool:
    """Return whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a free port that this process has not returned before.

    Raises:
        OSError: 1,000 draws found none.
    """
    draw = random.SystemRandom()
    for _ in range(1_000):
        port = draw.randint(FIRST, LAST)
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise OSError(f"no free port found from {FIRST} to {LAST} in 1,000 draws")


def preferred_port(port: int) -> int:
    """Return `port` if it is free and was not returned before, else another free one."""
    if port not in _handed_out and is_free(port):
        _handed_out.add(port)
        return port
    return free_port()
