"""Runs a command: an expected error is one line on stderr, with the exit code of its kind."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import typer
from pydantic_core import to_json

from mailtide_common.runtime.errors import ConfigurationError, MailtideError, TransientError

T = TypeVar("T")

FOUND, USAGE, UNREACHABLE = 1, 2, 3
"""Exit codes besides 0: something was found, or refused; wrong usage or settings; a server is not reachable."""

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]


def command(function: Callable[..., None]) -> typer.Typer:
    """Return an app whose only command is this function."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(function)
    return app


def group(text: str) -> typer.Typer:
    """Return an app for several commands; `text` is its help."""
    return typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine and return its result; for a Mailtide error, print one line on stderr and exit."""
    try:
        with _no_logs():
            return asyncio.run(work)
    except MailtideError as error:
        typer.echo(f"mailtide: {error}", err=True)
        raise typer.Exit(exit_code(error)) from error


def exit_code(error: MailtideError) -> int:
    """Return the exit code of a kind of error. Pure."""
    match error:
        case ConfigurationError():
            return USAGE
        case TransientError():
            return UNREACHABLE
        case _:
            return FOUND


@contextmanager
def _no_logs() -> Iterator[None]:
    """Suppress all logging meanwhile: log lines of libraries would hide the line of the error."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def print_json(result: Any) -> None:
    """Print one JSON object: a model, or a dict that may contain some; an empty one for None."""
    typer.echo(to_json({} if result is None else result))
