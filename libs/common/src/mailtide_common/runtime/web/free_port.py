"""Checks that a service can listen on its port, before the service is created."""

import errno
import socket
import sys


def require_port(command: str, host: str, port: int) -> None:
    """Check that the process can listen on a port. If not, end it with exit code 1 and one line on stderr.

    After exit code 2, systemd would not restart the process. A restart may help, because the process that has the
    port may be about to end.
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
            return "another process uses the port; choose another port by MAILTIDE_PORT"
        setting = "MAILTIDE_PORT" if error.errno == errno.EACCES else "MAILTIDE_HOST"
        return f"{error.strerror}; check {setting}"
    return None
