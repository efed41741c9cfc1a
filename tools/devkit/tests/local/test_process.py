"""Child processes end with their parent, ports are safe, waits end."""

import sys
from pathlib import Path

import pytest

from mailtide_devkit.local.ports import FIRST, LAST, free_port
from mailtide_devkit.local.process import Process, ProcessError, descendants, lives
from mailtide_devkit.local.waiting import LateError, until


def test_ports_are_never_those_of_outgoing_connections() -> None:
    ports = {free_port() for _ in range(50)}
    assert len(ports) == 50
    assert all(FIRST <= port <= LAST for port in ports)


async def test_a_child_dies_with_its_parent_however_the_parent_dies(tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    parent_code = f"""
import asyncio, sys
from pathlib import Path
from mailtide_devkit.local.process import Process
async def main():
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    child = Process("child", command, log=Path({str(tmp_path)!r}, "log"))
    await child.start()
    Path({str(pidfile)!r}).write_text(str(child.pid))
    await child.wait()
asyncio.run(main())
"""
    parent = Process("parent", [sys.executable, "-c", parent_code], log=tmp_path / "parent.log")
    await parent.start()

    async def has_child() -> bool:
        return pidfile.exists() and bool(pidfile.read_text())

    await until(has_child, what="child of the parent")
    child = int(pidfile.read_text())
    assert child in descendants(parent.pid)
    await parent.kill()

    async def gone() -> bool:
        return not lives(child)

    await until(gone, what="end of the child")


async def test_children_can_be_killed_before_an_exit_without_clean_up(tmp_path: Path) -> None:
    program = f"""
import asyncio, os, sys
from pathlib import Path
from mailtide_devkit.local.process import Process, kill_children
async def main():
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    child = Process("child", command, log=Path({str(tmp_path)!r}, "log"))
    await child.start()
    kill_children()
    print(await child.wait(10), flush=True)
    os._exit(0)
asyncio.run(main())
"""
    parent = Process("parent", [sys.executable, "-c", program], log=tmp_path / "parent.log")
    assert await parent.run(30) == 0
    assert parent.tail() == "-9"


async def test_a_run_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    process = Process("slow", [sys.executable, "-c", "import signal; signal.pause()"], log=tmp_path / "log")
    with pytest.raises(ProcessError, match=r"slow: did not end within 0.2 s"):
        await process.run(0.2)
    assert not process.running


async def test_waiting_has_an_end() -> None:
    async def never() -> bool:
        return False

    with pytest.raises(LateError, match=r"timed out after 0\.1 s, waiting for: the moon"):
        await until(never, seconds=0.1, what="the moon")
