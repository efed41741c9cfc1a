"""The mailbox that a person gives to a stack: the limit of its loading time, and its loading progress."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from mailtide_nylas_simulator.mail.load import size_of

from .service import READY_SECONDS

LOADED_BYTES = 100_000
"""Bytes per second, below which loading counts as failed. A slow machine loads five times as many of small mails."""

SHOWN_EVERY_SECONDS = 0.2


def loading_seconds(mailbox: Path | None) -> float:
    """Return the longest wait for a simulator that loads an mbox file or a Maildir, or None, at its start."""
    return READY_SECONDS + (size_of(mailbox) / LOADED_BYTES if mailbox is not None else 0.0)


@contextlib.asynccontextmanager
async def loading_shown(mailbox: Path | None, log: Path, console: Console) -> AsyncIterator[None]:
    """Show a progress bar until a simulator that starts in the context has loaded a mailbox, or the context ends.

    Args:
        mailbox: the mbox file or Maildir; None: nothing is shown.
        log: what the simulator writes. The log of an earlier one is ignored.
        console: shows the bar.
    """
    if mailbox is None:
        yield
        return
    showing = asyncio.create_task(_show(mailbox, log, console))
    try:
        yield
    finally:
        showing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await showing


async def _show(mailbox: Path, log: Path, console: Console) -> None:
    begun, percent = time.time(), 0
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(f"loading {mailbox.name}", total=100)
        while percent < 100:
            await asyncio.sleep(SHOWN_EVERY_SECONDS)
            percent = _loaded_percent(log, begun)
            progress.update(bar, completed=percent)


def _loaded_percent(log: Path, begun: float) -> int:
    """Return the last percentage that a simulator wrote to its log since `begun` (Unix seconds); 0: none."""
    try:
        lines = log.read_text().splitlines() if log.stat().st_mtime >= begun else []
    except FileNotFoundError:
        return 0
    told = [
        json.loads(line) for line in lines if line.startswith('{"loaded_percent": ') and line.endswith("}")
    ]
    return int(told[-1]["loaded_percent"]) if told else 0
