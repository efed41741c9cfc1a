"""A program that `command` starts ends with the call."""

import asyncio
import contextlib
import sys
from pathlib import Path

import pytest

from mailtide_devkit.commands import CommandError, command
from mailtide_devkit.local.process import lives
from mailtide_devkit.local.waiting import until

PROGRAM = (
    "import os, pathlib, signal, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); signal.pause()"
)


async def test_a_cancelled_call_leaves_no_program_behind(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    call = asyncio.create_task(command(sys.executable, "-c", PROGRAM, str(pidfile), seconds=60))

    async def written() -> bool:
        return pidfile.exists() and bool(pidfile.read_text())

    await until(written, what="the program runs")
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call
    assert not lives(int(pidfile.read_text()))


async def test_a_program_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"did not exit within 0\.2 s, and was killed"):
        await command(sys.executable, "-c", PROGRAM, str(tmp_path / "pid"), seconds=0.2)
