"""Runs a service until it is stopped, and ends the process."""

import socket
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol, TypeVar

from starlette.types import ASGIApp

from mailtide_common.runtime import logs

from .free_port import require_port
from .server import Switch, serve


class ServiceSettings(Protocol):
    """The settings that `run_service` needs."""

    @property
    def mailtide_host(self) -> str: ...

    @property
    def mailtide_port(self) -> int: ...

    @property
    def mailtide_log_level(self) -> str: ...


S = TypeVar("S", bound=ServiceSettings)


def run_service(
    command: str,
    settings: S,
    create_app: Callable[[S, Switch], ASGIApp],
    *,
    sockets: list[socket.socket] | None = None,
    trusted_proxies: Sequence[str] = (),
) -> NoReturn:
    """Run a service until it is stopped, and end the process with the service's exit code.

    If the process cannot listen on the port, it ends with exit code 1 before `create_app` is called.

    Args:
        command: the command's name. It is the field `service` of log lines, and begins lines on stderr.
        settings: the service's settings.
        create_app: creates the application.
        sockets: bound sockets to listen on, instead of host and port of the settings.
        trusted_proxies: addresses and networks of proxies whose `X-Forwarded-For` names the client.
    """
    logs.configure(command, settings.mailtide_log_level)
    if sockets is None:
        require_port(command, settings.mailtide_host, settings.mailtide_port)
    switch = Switch(command)
    app = create_app(settings, switch)
    sys.exit(
        serve(
            app,
            host=settings.mailtide_host,
            port=settings.mailtide_port,
            switch=switch,
            sockets=sockets,
            trusted_proxies=trusted_proxies,
        )
    )
