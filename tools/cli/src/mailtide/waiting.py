"""The option `--wait`, and the retries that it permits."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from mailtide_common.runtime.retry import until_available

T = TypeVar("T")

Wait = Annotated[
    float, typer.Option("--wait", metavar="SECONDS", help="How long to retry while a server is unavailable.")
]


async def patiently(attempt: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Repeat an attempt while a server is unavailable, and return its result.

    Raises:
        TransientError: a server was still unavailable after `seconds`.
    """
    return await until_available(attempt, event="server_unavailable", seconds=seconds)
