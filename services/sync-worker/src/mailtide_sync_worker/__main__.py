"""The command `mailtide-sync-worker`: runs the service in the foreground."""

import argparse

from mailtide_common.runtime.settings import load
from mailtide_common.runtime.web.command import run_service

from .app import create_app
from .settings import SyncWorkerSettings

COMMAND = "mailtide-sync-worker"


def main() -> None:
    argparse.ArgumentParser(
        prog=COMMAND,
        description="Turns notifications and sync requests into message events. Settings: .env.example.",
    ).parse_args()
    run_service(COMMAND, load(SyncWorkerSettings, COMMAND), create_app)


if __name__ == "__main__":
    main()
