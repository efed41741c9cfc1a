"""`mailtide dead-letters`."""

from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError

from mailtide_common.contracts.api.dead_letters import DeadLetterPage, Redrive, RedriveResult
from mailtide_common.contracts.dead_letters import ErrorClass

from .running import Json
from .scheduler import Limit, ask
from .show import print_dead_letters

CLASSES = ", ".join(ErrorClass)

app = typer.Typer(help="Parked records: list, redrive.", no_args_is_help=True)


@app.command("list")
def list_command(limit: Limit = 20, as_json: Json = False) -> None:
    """List dead letters, newest first: their origin and the reason, never their content."""
    ask(
        "dead-letters list",
        lambda scheduler: scheduler.call(DeadLetterPage, "GET", "/api/dead-letters", query={"limit": limit}),
        lambda page: print_dead_letters(page.dead_letters),
        as_json=as_json,
    )


@app.command()
def redrive(
    ids: Annotated[list[UUID] | None, typer.Argument(metavar="ID...", help="Ids of parked records.")] = None,
    error_class: Annotated[
        str | None,
        typer.Option(help=f"Instead of ids: those of this class that were not sent again yet: {CLASSES}."),
    ] = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """Send dead letters to their topics again. Exit code 1 if one was refused."""
    try:
        wanted = Redrive(ids=tuple(ids) if ids else None, error_class=error_class, limit=limit)
    except ValidationError as error:
        raise typer.BadParameter(error.errors()[0]["msg"]) from error

    def show(result: RedriveResult) -> None:
        for refusal in result.refused:
            typer.echo(f"{refusal.id} was not sent: {refusal.reason}", err=True)
        typer.echo(f"sent {result.redriven} records again, refused {len(result.refused)}")

    result = ask(
        "dead-letters redrive",
        lambda scheduler: scheduler.call(RedriveResult, "POST", "/api/dead-letters/redrive", wanted),
        show,
        as_json=as_json,
    )
    if result.refused:
        raise typer.Exit(1)
