"""The wait for a simulator that loads a mailbox: its limit, and what is shown meanwhile."""

import io
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from rich.console import Console

from mailtide_devkit.local.process import Process
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.mailbox import LOADED_BYTES, loading_seconds, loading_shown
from mailtide_devkit.stack.service import READY_SECONDS


def test_the_wait_grows_with_the_bytes_of_a_file_or_of_a_maildir(tmp_path: Path) -> None:
    assert loading_seconds(None) == READY_SECONDS
    mbox, maildir = tmp_path / "mail.mbox", tmp_path / "maildir"
    (maildir / "cur").mkdir(parents=True)
    for path in (mbox, maildir / "cur" / "1:2,S"):
        path.write_bytes(bytes(2 * LOADED_BYTES))
    assert loading_seconds(mbox) == loading_seconds(maildir) == READY_SECONDS + 2


async def test_a_bar_follows_the_loading_of_this_start(tmp_path: Path) -> None:
    mailbox, log, shown = tmp_path / "[mail].mbox", tmp_path / "simulator.log", io.StringIO()
    mailbox.write_bytes(
        b"".join(
            b"From a Tue Mar  4 10:00:00 2025\nSubject: %d\n\n%s\n\n" % (n, b"x" * 2_000) for n in range(500)
        )
    )
    log.write_text('{"loaded_percent": 100}\n')
    os.utime(log, (0, 0))
    console = Console(file=shown, force_terminal=True, width=80)
    command = [sys.executable, "-m", "mailtide_nylas_simulator", "--port", "0", "--mailbox", str(mailbox)]
    simulator = Process("simulator", command, log=log)
    try:
        async with loading_shown(mailbox, log, console):
            assert "100%" not in shown.getvalue()
            await simulator.start()
            await until(_holds(shown, "100%"), what="all is loaded")
    finally:
        await simulator.kill()
    assert "loading [mail].mbox" in shown.getvalue()
    assert '{"loaded_percent": 50}' in log.read_text()


async def test_nothing_is_shown_without_a_mailbox_and_a_failed_start_is_not_hidden(tmp_path: Path) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True)
    async with loading_shown(None, tmp_path / "simulator.log", console):
        pass
    assert not shown.getvalue()
    with pytest.raises(ConnectionError):
        async with loading_shown(tmp_path, tmp_path / "simulator.log", console):
            raise ConnectionError


def _holds(shown: io.StringIO, text: str) -> Callable[[], Awaitable[bool]]:
    async def probe() -> bool:
        return text in shown.getvalue()

    return probe
