"""Runs a program with a deadline."""

import asyncio
import os
import shlex
from collections.abc import Mapping


class CommandError(Exception):
    """A program failed; the message has the end of its output."""


async def command(
    *arguments: str, seconds: float, stdin: str | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Run a program and return what it printed.

    Args:
        arguments: program and arguments.
        seconds: how long it may take.
        stdin: what it reads.
        env: variables over those of this process.

    Raises:
        CommandError: it failed, or did not end within `seconds`.
    """
    child = await asyncio.create_subprocess_exec(
        *arguments,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        printed, complaints = await asyncio.wait_for(
            child.communicate(stdin.encode() if stdin else None), seconds
        )
    except TimeoutError:
        child.kill()
        await child.wait()
        raise CommandError(f"{shlex.join(arguments)}: not within {seconds:g} s") from None
    if child.returncode:
        end = (printed + complaints).decode(errors="replace")[-3000:]
        raise CommandError(f"{shlex.join(arguments)}: exit code {child.returncode}\n{end}")
    return printed.decode(errors="replace")
