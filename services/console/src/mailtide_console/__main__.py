"""`mailtide-console` serves the console until SIGTERM."""

import argparse

from mailtide_common.runtime.settings import load
from mailtide_common.runtime.web.command import run_service

from .app import create_app
from .settings import ConsoleSettings

COMMAND = "mailtide-console"


def main() -> None:
    argparse.ArgumentParser(
        prog=COMMAND,
        description="Shows operators whether every mailbox is in sync. Settings: .env.example.",
    ).parse_args()
    settings = load(ConsoleSettings, COMMAND)
    run_service(COMMAND, settings, create_app, trusted_proxies=settings.trusted_proxies)


if __name__ == "__main__":
    main()
