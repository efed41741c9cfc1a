"""Checks that a service can listen, before any part of it is started."""

import errno
import socket
import sys


def require_port(command: str, host: str, port: int) -> None:
    """End the process with one line on stderr and exit code 1 if it cannot listen there.

    Not with 2, after which nothing restarts it: the process that has the port may be about to end.
    """
    if reason := _cannot_listen(host, port):
        sys.stderr.write(f"{command}: cannot listen on {host}:{port}: {reason}\n")
        raise SystemExit(1)


def _cannot_listen(host: str, port: int) -> str | None:
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "the port is taken; choose another one by MAILTIDE_PORT"
        setting = "MAILTIDE_PORT" if error.errno == errno.EACCES else "MAILTIDE_HOST"
        return f"{error.strerror}; check {setting}"
    return None
