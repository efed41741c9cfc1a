"""The command `mailtide-ingress`: runs the service in this process, or starts several worker processes."""

import argparse
import sys

from mailtide_common.runtime import logs
from mailtide_common.runtime.settings import load, refuse
from mailtide_common.runtime.web.command import run_service
from mailtide_common.runtime.web.free_port import require_port

from .app import create_app
from .connect.redirects import RedirectPolicy
from .settings import IngressSettings
from .workers import end_with_parent, listener_of, run_workers

COMMAND = "mailtide-ingress"


def main() -> None:
    arguments = _arguments()
    settings = load(IngressSettings, COMMAND)
    try:
        RedirectPolicy(settings.public_url, settings.return_origins)
    except ValueError as error:
        refuse(COMMAND, str(error))
    if arguments.workers > 1:
        logs.configure(COMMAND, settings.mailtide_log_level)
        require_port(COMMAND, settings.mailtide_host, settings.mailtide_port)
        sys.exit(run_workers(arguments.workers, host=settings.mailtide_host, port=settings.mailtide_port))
    if arguments.parent_pipe is not None:
        end_with_parent(arguments.parent_pipe)
    sockets = None if arguments.listener is None else [listener_of(arguments.listener)]
    run_service(COMMAND, settings, create_app, sockets=sockets, trusted_proxies=settings.trusted_proxies)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Receives Nylas' webhooks and writes them to Kafka; connects accounts by OAuth. "
        "Settings: .env.example.",
    )
    parser.add_argument("--workers", type=_positive, default=1, metavar="N", help="processes (default 1)")
    parser.add_argument("--listener", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--parent-pipe", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, at least 1")
    return int(text)


if __name__ == "__main__":
    main()
