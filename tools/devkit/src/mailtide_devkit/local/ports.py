"""Ports for the programs that are started here."""

import random
import socket

FIRST = 15_000
LAST = 31_999
"""Below the range from which kernels take the ports of outgoing connections: a port taken from that range could be
lost to some client while its server is down, and a client could then even connect to itself."""

_handed_out: set[int] = set()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free port that this process has not handed out before.

    Raises:
        OSError: none was found.
    """
    draw = random.SystemRandom()
    for _ in range(1_000):
        port = draw.randint(FIRST, LAST)
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise OSError("no free port found")


def preferred_port(port: int) -> int:
    """The port asked for when it is free, else another one."""
    if port not in _handed_out and is_free(port):
        _handed_out.add(port)
        return port
    return free_port()
