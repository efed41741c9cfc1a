"""`mailtide-notifier`: reads the environment, runs in the foreground, drains on SIGTERM."""

import argparse

from mailtide_common.runtime.settings import load
from mailtide_common.runtime.web.command import run_service

from .app import create_app
from .settings import NotifierSettings

COMMAND = "mailtide-notifier"


def main() -> None:
    """Run the service."""
    argparse.ArgumentParser(
        prog=COMMAND,
        description="Tells people about incidents and important mail. Settings: .env.example.",
    ).parse_args()
    run_service(COMMAND, load(NotifierSettings, COMMAND), create_app)


if __name__ == "__main__":
    main()
