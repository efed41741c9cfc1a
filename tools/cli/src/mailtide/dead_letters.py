"""`mailtide dead-letters`."""

from typing import Annotated
from uuid import UUID

import typer
from pydantic import ValidationError

from mailtide_common.contracts.api.dead_letters import (
    DeadLetterDetails,
    DeadLetterPage,
    Discard,
    DiscardResult,
    Redrive,
    RedriveResult,
)
from mailtide_common.contracts.dead_letters import ErrorClass
from mailtide_common.contracts.invalid_fields import reasons

from .running import FOUND, Json, group
from .scheduler import Limit, ask
from .show import print_dead_letters

CLASSES = ", ".join(ErrorClass)

Ids = Annotated[list[UUID] | None, typer.Argument(metavar="ID...", help="Ids of parked records.")]
Class = Annotated[
    str | None, typer.Option(help=f"Instead of ids: those of this class that wait for a decision: {CLASSES}.")
]
Topic = Annotated[str | None, typer.Option(help="With --error-class: only those of this topic.")]

app = group("Parked records: list, show, redrive, discard.")


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
def show(
    letter: Annotated[UUID, typer.Argument(metavar="ID", help="Id of a parked record.")],
    content: Annotated[
        bool, typer.Option("--content", help="Also show its first bytes, which may be mail.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a dead letter with its headers."""
    ask(
        "dead-letters show",
        lambda scheduler: scheduler.call(
            DeadLetterDetails, "GET", f"/api/dead-letters/{letter}", query={"content": str(content).lower()}
        ),
        _print_letter,
        as_json=as_json,
    )


@app.command()
def redrive(
    ids: Ids = None,
    error_class: Class = None,
    topic: Topic = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """Send dead letters to their topics again. Exit code 1 if one was refused."""
    try:
        wanted = Redrive(ids=tuple(ids) if ids else None, error_class=error_class, topic=topic, limit=limit)
    except ValidationError as error:
        raise typer.BadParameter(reasons(error)) from error

    def report(result: RedriveResult) -> None:
        for refusal in result.refused:
            typer.echo(f"{refusal.id} was not sent: {refusal.reason}", err=True)
        typer.echo(f"sent {result.redriven} records again, refused {len(result.refused)}")

    result = ask(
        "dead-letters redrive",
        lambda scheduler: scheduler.call(RedriveResult, "POST", "/api/dead-letters/redrive", wanted),
        report,
        as_json=as_json,
    )
    if result.refused:
        raise typer.Exit(FOUND)


@app.command()
def discard(
    ids: Ids = None,
    *,
    note: Annotated[str, typer.Option(help="The reason, for the record; without mail content.")],
    error_class: Class = None,
    topic: Topic = None,
    limit: Limit = 100,
    as_json: Json = False,
) -> None:
    """Discard dead letters: they no longer wait for a decision. Their bytes stay until they are pruned."""
    try:
        wanted = Discard(
            ids=tuple(ids) if ids else None, error_class=error_class, topic=topic, limit=limit, note=note
        )
    except ValidationError as error:
        raise typer.BadParameter(reasons(error)) from error
    ask(
        "dead-letters discard",
        lambda scheduler: scheduler.call(DiscardResult, "POST", "/api/dead-letters/discard", wanted),
        lambda result: typer.echo(f"discarded {result.discarded} records"),
        as_json=as_json,
    )


def _print_letter(letter: DeadLetterDetails) -> None:
    facts = {
        "origin": f"{letter.topic} partition {letter.partition} offset {letter.offset}, group {letter.group}",
        "error": f"{letter.error_class}: {letter.error_message}",
        "parked": f"{letter.parked_at:%Y-%m-%d %H:%M:%S} UTC, after {letter.attempts} attempts",
        "key": letter.key,
        "size": f"{letter.size} bytes",
        "sent again": f"{letter.redrives} times" if letter.redrives else None,
        "discarded": letter.discard_note,
    }
    for name, value in facts.items():
        if value is not None:
            typer.echo(f"{name:12}{value}")
    for header in letter.headers:
        typer.echo(f"{'header':12}{header.name}: {header.text if header.hex is None else header.hex}")
    if letter.content is not None:
        typer.echo(letter.content.hex if letter.content.text is None else letter.content.text)
