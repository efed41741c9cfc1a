"""The command `mailtide-devkit`: runs the whole of Mailtide, or its demo, on this machine."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from mailtide_nylas_simulator.mail.load import mailbox_path

from .stack.environment import without_settings
from .stack.up import options_of, up


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="mailtide-devkit", description="Runs the whole of Mailtide on this machine."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "up",
        help="run the whole stack until Ctrl-C",
        description=(
            "Starts Kafka, Postgres, the Nylas simulator and every service, prints their addresses and runs until "
            "Ctrl-C. The addresses are also in .mailtide/stack.json, variables for a shell in .mailtide/stack.env. "
            "At the end, the data of the servers that it started is removed."
        ),
    )
    run.add_argument(
        "--root",
        type=Path,
        default=Path.cwd(),
        help="folder in which .mailtide is created (default: the current one)",
    )
    run.add_argument(
        "--from-env",
        action="store_true",
        help="use the servers, Nylas and secrets that the environment names (KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL, "
        "NYLAS_API_URI, ...) instead of local ones; without it, Mailtide's settings in the environment are ignored",
    )
    run.add_argument("--seed", type=int, default=1, help="seed of the simulator (default: %(default)s)")
    run.add_argument(
        "--mailbox", type=mailbox_path, help="mbox file or Maildir that the simulator serves as a mailbox"
    )
    run.add_argument(
        "--sync-workers", type=_count, default=1, help="number of sync workers (default: %(default)s)"
    )
    commands.add_parser("demo", help="show what Mailtide does, from connect to audit", add_help=False)
    return top


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> None:
    options, rest = parser().parse_known_args(arguments)
    if options.command == "demo":
        sys.exit(import_module("mailtide_devkit.demo.demo").main(rest))
    if rest:
        parser().error(f"unknown arguments: {' '.join(rest)}")
    root = options.root.resolve()
    environment = dict(os.environ) if options.from_env else without_settings(os.environ)
    chosen = options_of(root, options.seed, options.mailbox, options.sync_workers, environment)
    sys.exit(asyncio.run(up(chosen)))


if __name__ == "__main__":
    main()
