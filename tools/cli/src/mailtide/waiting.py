"""Waits for a server that is starting (`--wait`)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from mailtide_common.runtime.retry import until_available

T = TypeVar("T")

Wait = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", help="How long to retry while a server is unavailable.")
]


async def patiently(attempt: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Retry while a server is unavailable, for at most `seconds`, and return the result.

    Raises:
        TransientError: a server was unavailable all the time.
    """
    return await until_available(attempt, event="server_unavailable", seconds=seconds)
