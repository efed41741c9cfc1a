"""The `mailtide dead-letters` commands: list, show, redrive, discard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError

from mailtide_common.contracts.api.dead_letters import (
    DeadLetterCauses,
    DeadLetterDetails,
    DeadLetterPage,
    Discard,
    DiscardResult,
    Redrive,
    RedriveResult,
)
from mailtide_common.contracts.api.model import PAGE_DEFAULT, PAGE_MAX
from mailtide_common.contracts.dead_letters import ErrorClass
from mailtide_common.contracts.validation.invalid_fields import invalid_fields
from mailtide_common.runtime.errors import MailtideError
from mailtide_common.runtime.web.api_client import Query

from .running import FOUND, Json, group, print_json
from .scheduler import Limit, Scheduler, ask, fetch
from .show import print_dead_letters, visible

CLASSES = ", ".join(ErrorClass)

Ids = Annotated[list[UUID] | None, typer.Argument(metavar="ID...", help="Ids of parked records.")]
Class = Annotated[
    str | None,
    typer.Option(help=f"Instead of ids: all of this class that wait for a decision. Classes: {CLASSES}."),
]
Topic = Annotated[str | None, typer.Option(help="With --error-class: only those of this topic.")]
AtMost = Annotated[
    int | None,
    typer.Option(
        "--limit",
        help="With --error-class: at most this many, the oldest. Default: all that wait now.",
        min=1,
    ),
]

Wanted = TypeVar("Wanted", Redrive, Discard)

app = group("Parked records: list, show, redrive, discard.")


@app.command("list", short_help="List dead letters, newest first.")
def list_command(limit: Limit = 20, as_json: Json = False) -> None:
    """List dead letters with topic, reason and decision, newest first. Their content is not shown."""
    ask(
        "dead-letters list",
        lambda scheduler: scheduler.call(DeadLetterPage, "GET", "/api/dead-letters", query={"limit": limit}),
        lambda page: print_dead_letters(page.dead_letters),
        as_json=as_json,
    )


@app.command(short_help="Show a dead letter.")
def show(
    letter: Annotated[UUID, typer.Argument(metavar="ID", help="Id of a parked record.")],
    content: Annotated[
        bool, typer.Option("--content", help="Also show its first 64 KiB, which may be mail.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a dead letter: its origin, error, key and headers, and with --content its first bytes."""
    ask(
        "dead-letters show",
        lambda scheduler: scheduler.call(
            DeadLetterDetails, "GET", f"/api/dead-letters/{letter}", query={"content": str(content).lower()}
        ),
        _print_letter,
        as_json=as_json,
    )


@app.command(short_help="Send dead letters to their topics again.")
def redrive(
    ids: Ids = None,
    error_class: Class = None,
    topic: Topic = None,
    limit: AtMost = None,
    as_json: Json = False,
) -> None:
    """Send dead letters to their topics again.

    If a record is about a message, folder or account, its newest state is then fetched from Nylas. A message
    that a listing or a fetch parked is only fetched again. Ids that are not stored are left out.

    Exit code 1 if a dead letter was refused, or if some of the class still wait although no --limit was
    given.
    """
    _check_choice(ids, error_class, topic, limit)
    wanted = _request(Redrive, ids=ids or None, error_class=error_class, topic=topic)

    async def work(scheduler: Scheduler) -> tuple[RedriveResult, int]:
        result = RedriveResult(redriven=0, refused=())
        for part in await _parts(scheduler, wanted, limit):
            with _counted(f"sent again: {result.redriven}, refused: {len(result.refused)}"):
                done = await scheduler.call(RedriveResult, "POST", "/api/dead-letters/redrive", part)
            result = RedriveResult(
                redriven=result.redriven + done.redriven, refused=(*result.refused, *done.refused)
            )
        return result, await _remaining(scheduler, wanted)

    result, remaining = fetch("dead-letters redrive", work)
    if as_json:
        print_json(result)
    else:
        for refusal in result.refused:
            typer.echo(f"{refusal.id} was not sent: {refusal.reason}", err=True)
        typer.echo(f"sent again: {result.redriven}, refused: {len(result.refused)}")
    _print_left_out(ids, result.redriven + len(result.refused), "not stored")
    _finish(remaining, limit, found=bool(result.refused))


@app.command(short_help="Discard dead letters.")
def discard(
    ids: Ids = None,
    *,
    note: Annotated[str, typer.Option(help="The reason, for the record; without mail content.")],
    error_class: Class = None,
    topic: Topic = None,
    limit: AtMost = None,
    as_json: Json = False,
) -> None:
    """Discard dead letters, so that they no longer wait for a decision.

    Their content stays stored until they are pruned. Dead letters that were already sent again or discarded
    are left out, and so are ids that are not stored.

    Exit code 1 if dead letters of the class still wait although no --limit was given.
    """
    _check_choice(ids, error_class, topic, limit)
    wanted = _request(Discard, ids=ids or None, error_class=error_class, topic=topic, note=note)

    async def work(scheduler: Scheduler) -> tuple[DiscardResult, int]:
        discarded = 0
        for part in await _parts(scheduler, wanted, limit):
            with _counted(f"discarded: {discarded}"):
                done = await scheduler.call(DiscardResult, "POST", "/api/dead-letters/discard", part)
            discarded += done.discarded
        return DiscardResult(discarded=discarded), await _remaining(scheduler, wanted)

    result, remaining = fetch("dead-letters discard", work)
    if as_json:
        print_json(result)
    else:
        typer.echo(f"discarded: {result.discarded}")
    _print_left_out(ids, result.discarded, "not stored, or sent again or discarded before")
    _finish(remaining, limit)


@contextmanager
def _counted(counts: str) -> Iterator[None]:
    """If a request fails, print on stderr the counts of the requests before it."""
    try:
        yield
    except MailtideError:
        typer.echo(f"before the error: {counts}", err=True)
        raise


def _check_choice(
    ids: list[UUID] | None, error_class: str | None, topic: str | None, limit: int | None
) -> None:
    if bool(ids) == (error_class is not None):
        raise typer.BadParameter("give either ids or --error-class, not both")
    for option, value in (("--topic", topic), ("--limit", limit)):
        if value is not None and error_class is None:
            raise typer.BadParameter(f"{option} can only be given together with --error-class")


def _request(kind: type[Wanted], **fields: object) -> Wanted:
    """Return a request with these fields, which are named like the arguments and options."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = invalid_fields(error)[0]
        option = first.path[0]
        hint = "ID..." if option == "ids" else f"--{option.replace('_', '-')}"
        raise typer.BadParameter(first.reason, param_hint=hint) from error


async def _parts(scheduler: Scheduler, wanted: Wanted, limit: int | None) -> Sequence[Wanted]:
    """Return `wanted` as requests with at most `PAGE_DEFAULT` ids each.

    If `wanted` has no ids, it means the dead letters of its error class and topic that wait now: the oldest
    `limit` of them, or all if `limit` is None.
    """
    chosen = wanted.ids or (await _waiting(scheduler, wanted))[:limit]
    return [
        wanted.model_copy(
            update={"ids": tuple(chosen[at : at + PAGE_DEFAULT]), "error_class": None, "topic": None}
        )
        for at in range(0, len(chosen), PAGE_DEFAULT)
    ]


async def _waiting(scheduler: Scheduler, wanted: Redrive | Discard) -> list[UUID]:
    """Return the ids of the dead letters of the chosen class and topic that wait, oldest first."""
    query: Query = {"limit": PAGE_MAX, "waiting": "true", "error_class": wanted.error_class or ""}
    if wanted.topic is not None:
        query["topic"] = wanted.topic
    found: list[UUID] = []
    while True:
        page = await scheduler.call(DeadLetterPage, "GET", "/api/dead-letters", query=query)
        found += [each.id for each in page.dead_letters]
        if page.next_cursor is None:
            return found[::-1]
        query["cursor"] = str(page.next_cursor)


async def _remaining(scheduler: Scheduler, wanted: Redrive | Discard) -> int:
    """Return how many dead letters of the chosen class and topic wait for a decision; 0 if ids were given."""
    if wanted.error_class is None:
        return 0
    found = await scheduler.call(DeadLetterCauses, "GET", "/api/dead-letters/causes")
    return sum(
        cause.waiting
        for cause in found.causes
        if cause.error_class == wanted.error_class and wanted.topic in {None, cause.topic}
    )


def _print_left_out(ids: list[UUID] | None, found: int, why: str) -> None:
    """Print on stderr how many of the given ids were left out, if any."""
    if (number := len(set(ids or ())) - found) > 0:
        typer.echo(f"left out: {number} of the ids ({why}); see `mailtide dead-letters list`", err=True)


def _finish(remaining: int, limit: int | None, *, found: bool = False) -> None:
    """Print how many dead letters remain. Exit with 1 if `found`, or if some remain without a limit."""
    if remaining:
        typer.echo(f"{remaining} dead letters of this class still wait for a decision", err=True)
    if found or (remaining and limit is None):
        raise typer.Exit(FOUND)


def _print_letter(letter: DeadLetterDetails) -> None:
    facts = {
        "origin": f"{letter.topic} partition {letter.partition} offset {letter.offset}, group {letter.group}",
        "error": f"{letter.error_class}: {letter.error_message}",
        "parked": f"{letter.parked_at:%Y-%m-%d %H:%M:%S} UTC; attempts: {letter.attempts}",
        "key": letter.key,
        "size": f"{letter.size} bytes",
        "sent again": f"{letter.redrives} times" if letter.redrives else None,
        "discarded": letter.discard_note,
    }
    for name, value in facts.items():
        if value is not None:
            typer.echo(f"{name:12}{visible(value)}")
    for header in letter.headers:
        value = header.text if header.hex is None else header.hex
        typer.echo(visible(f"{'header':12}{header.name}: {value}"))
    if letter.content is not None:
        typer.echo(letter.content.hex if letter.content.text is None else visible(letter.content.text))
        if not letter.content.complete:
            typer.echo("the content is longer: only its first bytes are shown", err=True)
