"""Creates the commands' Typer apps, runs their coroutines, prints JSON, and maps errors to exit codes."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar

import typer
from pydantic_core import to_json

from mailtide_common.runtime.errors import ConfigurationError, MailtideError, TransientError

T = TypeVar("T")

FOUND = 1
"""Exit code if a problem was found or a request was refused."""

USAGE = 2
"""Exit code for wrong usage or settings."""

UNREACHABLE = 3
"""Exit code if a server is unavailable, failed, or did not answer in time."""

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]


def command(function: Callable[..., None]) -> typer.Typer:
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(context_settings={"help_option_names": ["-h", "--help"]})(function)
    return app


def group(text: str) -> typer.Typer:
    return typer.Typer(
        help=text,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine without logs, and return its result.

    A `MailtideError` is printed on stderr, and ends the command with its exit code.
    """
    try:
        with _no_logs():
            return asyncio.run(work)
    except MailtideError as error:
        typer.echo(f"mailtide: {error}", err=True)
        raise typer.Exit(exit_code(error)) from error


def exit_code(error: MailtideError) -> int:
    """Return 2 for a configuration error, 3 for a transient one, and 1 for any other. Pure."""
    match error:
        case ConfigurationError():
            return USAGE
        case TransientError():
            return UNREACHABLE
        case _:
            return FOUND


@contextmanager
def _no_logs() -> Iterator[None]:
    """Disable logging within the context. Log lines of libraries would hide the error line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def print_json(result: Any) -> None:
    """Print a model, or a dict that may contain models, as one JSON object. Print `{}` for None."""
    typer.echo(to_json({} if result is None else result))
