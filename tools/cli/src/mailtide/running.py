"""Runs a command: an expected error is one line on stderr and exit code 1; missing settings are exit code 2."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import typer
from pydantic_core import to_json

from mailtide_common.runtime.errors import MailtideError
from mailtide_common.runtime.retry import until_available

T = TypeVar("T")

Wait = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", help="How long to retry while a server is unavailable.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command to its end; turn Mailtide's errors into one line on stderr."""
    try:
        with _no_logs():
            return asyncio.run(work)
    except MailtideError as error:
        typer.echo(f"mailtide: {error}", err=True)
        raise typer.Exit(1) from error


@contextmanager
def _no_logs() -> Iterator[None]:
    """Suppress all logging meanwhile: a library's complaints would bury the one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


async def patiently(attempt: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Try until it succeeds, for at most `seconds` from now.

    Raises:
        TransientError: a server was away all the time.
    """
    return await until_available(attempt, event="server_unavailable", seconds=seconds)


def print_json(result: Any) -> None:
    """Print one JSON object: a model, or a dict that may contain some; an empty one for None."""
    typer.echo(to_json({} if result is None else result))
