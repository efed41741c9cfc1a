"""`mailtide-persister`: reads the environment, runs in the foreground, drains on SIGTERM."""

import argparse
import sys

from mailtide_common.runtime import logs
from mailtide_common.runtime.server import Switch, serve
from mailtide_common.runtime.settings import load

from .app import create_app
from .settings import PersisterSettings

COMMAND = "mailtide-persister"


def main() -> None:
    """Run the service."""
    argparse.ArgumentParser(
        prog=COMMAND,
        description="The only writer of the mail tables: brings Kafka topics into Postgres. Settings: .env.example.",
    ).parse_args()
    settings = load(PersisterSettings, COMMAND)
    logs.configure(COMMAND, settings.mailtide_log_level)
    switch = Switch()
    sys.exit(
        serve(
            create_app(settings, switch),
            host=settings.mailtide_host,
            port=settings.mailtide_port,
            switch=switch,
        )
    )


if __name__ == "__main__":
    main()
