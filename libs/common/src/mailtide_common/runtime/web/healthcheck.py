"""The health check of a container: `python -m mailtide_common.runtime.web.healthcheck [PATH]`.

The exit code is 0 if the service in this container answers GET PATH (default: `/readyz`) with 200. Otherwise
it is 1, and the reason is on stderr. Besides `ports.py`, only the standard library is imported, so that the
check starts quickly.
"""

import http.client
import os
import sys

from .ports import PORTS

SECONDS = 3.0


def port_of_service() -> int:
    """Return the port on which this container's service listens.

    The port is MAILTIDE_PORT, or the default port of the service in MAILTIDE_SERVICE.

    Raises:
        ValueError: MAILTIDE_PORT is not a number, or neither variable determines the port.
    """
    if port := os.environ.get("MAILTIDE_PORT"):
        if not port.isdecimal():
            raise ValueError(f"MAILTIDE_PORT must be a port number, not {port!r}")
        return int(port)
    service = os.environ.get("MAILTIDE_SERVICE", "")
    if service not in PORTS:
        raise ValueError(
            "the port is unknown: set MAILTIDE_PORT, or MAILTIDE_SERVICE to one of " + ", ".join(PORTS)
        )
    return PORTS[service]


def problem(port: int, path: str) -> str | None:
    """Return None if GET `path` is answered 200, else the status and body, or the error's class."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(500).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
    return None if answer.status == http.HTTPStatus.OK else f"{answer.status} {body}"


def main() -> int:
    path = sys.argv[1] if len(sys.argv) > 1 else "/readyz"
    try:
        found = problem(port_of_service(), path)
    except ValueError as error:
        found = str(error)
    if found is not None:
        sys.stderr.write(f"{path}: {found}\n")
    return 0 if found is None else 1


if __name__ == "__main__":
    sys.exit(main())
