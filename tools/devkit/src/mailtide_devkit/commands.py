"""Runs a program with a deadline."""

import asyncio
import os
import shlex
from collections.abc import Mapping


class CommandError(Exception):
    """A program failed, or did not exit in time. After a failure, the message has the end of the output."""


async def command(
    *arguments: str, seconds: float, stdin: str | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Run a program and return what it printed to standard output. If the call is cancelled, kill the program.

    Args:
        arguments: the program and its arguments.
        seconds: the longest time that it may take; then it is killed.
        stdin: text for its standard input.
        env: environment variables, in addition to those of this process.

    Raises:
        CommandError: the exit code is not 0, or the program did not exit within `seconds`.
        FileNotFoundError: there is no such program.
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
        raise CommandError(
            f"{shlex.join(arguments)}: did not exit within {seconds:g} s, and was killed"
        ) from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        end = (printed + complaints).decode(errors="replace")[-3000:]
        raise CommandError(f"{shlex.join(arguments)}: exit code {child.returncode}\n{end}")
    return printed.decode(errors="replace")
