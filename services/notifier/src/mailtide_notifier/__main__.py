"""The command `mailtide-notifier`: runs the service in the foreground."""

import argparse

from mailtide_common.runtime.settings import load
from mailtide_common.runtime.web.command import run_service

from .app import create_app
from .settings import NotifierSettings

COMMAND = "mailtide-notifier"


def main() -> None:
    argparse.ArgumentParser(
        prog=COMMAND,
        description="Notifies people of incidents and important mail. Settings: .env.example.",
    ).parse_args()
    run_service(COMMAND, load(NotifierSettings, COMMAND), create_app)


if __name__ == "__main__":
    main()
