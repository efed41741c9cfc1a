"""`mailtide`: the operator's command."""

from importlib.metadata import version
from typing import Annotated

import typer

from . import accounts, dead_letters, migrate, replay, runs, topics, webhooks

app = typer.Typer(
    name="mailtide",
    help="Operate Mailtide. Settings come from the environment, as for the services: see .env.example.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(topics.app, name="topics")
app.command("migrate")(migrate.migrate_command)
app.command("replay")(replay.replay_command)
app.command("sync")(runs.sync_command)
app.command("report")(accounts.report_command)
app.add_typer(accounts.app, name="accounts")
app.add_typer(runs.app, name="runs")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(dead_letters.app, name="dead-letters")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailtide {version('mailtide')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Read the options that all commands share."""


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
