"""Entry point of the `mailtide` command."""

import sys
from typing import Annotated

import typer

from .lazy_group import LazyGroup


class Commands(LazyGroup):
    """The commands of `mailtide`, each with its module and its short help."""

    places = {  # noqa: RUF012 - read only
        "status": (
            "mailtide.status",
            "Show which accounts are not in sync, since when, why, and what to do.",
        ),
        "doctor": (
            "mailtide.setup.doctor",
            "Check Kafka, Postgres, Nylas and the settings, and name the fix.",
        ),
        "accounts": (
            "mailtide.mailboxes.accounts",
            "Accounts: list, show, pause, resume, remove, decide on deletions.",
        ),
        "sync": ("mailtide.mailboxes.sync", "Sync one account or all now, and print the outcomes."),
        "backfill": (
            "mailtide.mailboxes.backfill",
            "Download all mail of an account, with progress and time left.",
        ),
        "audit": (
            "mailtide.mailboxes.audit",
            "Compare a whole mailbox with the database, repair, and show the result.",
        ),
        "report": ("mailtide.mailboxes.report", "Show an account's newest audit."),
        "runs": ("mailtide.runs", "Runs: list, show."),
        "dead-letters": ("mailtide.dead_letters", "Parked records: list, show, redrive, discard."),
        "webhooks": ("mailtide.webhooks", "The webhook destination: status, ensure, rotate-secret, test."),
        "connect-link": (
            "mailtide.mailboxes.connect_link",
            "Print a link by which a person connects a mailbox.",
        ),
        "notify": ("mailtide.notify", "Notifications: list channels, test one."),
        "config": ("mailtide.setup.config", "Settings: check those of all installed services."),
        "topics": ("mailtide.setup.topics", "Kafka topics: create and check them."),
        "migrate": ("mailtide.setup.migrate", "Migrate the database to the newest schema."),
        "replay": ("mailtide.setup.replay", "Rebuild the mail tables from Kafka, without calls to Nylas."),
    }


EXIT_CODES = (
    "Exit codes: 0 success; 1 a problem was found, or a request was refused; 2 wrong settings or usage, also without "
    "a command; 3 a server is unavailable, failed, or did not answer in time."
)

app = typer.Typer(
    name="mailtide",
    cls=Commands,
    help="Operate Mailtide. Settings come from the environment, as for the services: see .env.example.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - only here

        typer.echo(f"mailtide {version('mailtide')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Define the options that precede a command."""


def main() -> None:
    """Run the command.

    An unexpected exception is reported on stderr without a traceback, with exit code 1.
    """
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback for operators
        sys.stderr.write(f"mailtide: this is a bug, please report it: {type(error).__name__}: {error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
