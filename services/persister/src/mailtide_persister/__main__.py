"""The command `mailtide-persister`: runs the service in the foreground."""

import argparse

from mailtide_common.runtime.settings import load
from mailtide_common.runtime.web.command import run_service

from .app import create_app
from .settings import PersisterSettings

COMMAND = "mailtide-persister"


def main() -> None:
    argparse.ArgumentParser(
        prog=COMMAND,
        description="Applies Kafka topics to the mail tables in Postgres. Settings: .env.example.",
    ).parse_args()
    run_service(COMMAND, load(PersisterSettings, COMMAND), create_app)


if __name__ == "__main__":
    main()
