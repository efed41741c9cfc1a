"""How a command runs: one clear line for what goes wrong on purpose, exit code 1; 2 for missing settings."""

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from mailtide_common.runtime.errors import MailtideError

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for programs.")]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; an error that Mailtide raises on purpose becomes one line on stderr."""
    logging.disable(logging.CRITICAL)  # a library's complaints would bury that line
    try:
        return asyncio.run(work)
    except MailtideError as error:
        typer.echo(f"mailtide: {error}", err=True)
        raise typer.Exit(1) from error


def print_json(result: dict[str, Any]) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(result))
