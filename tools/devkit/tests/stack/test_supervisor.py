import asyncio
import errno
import io
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mailtide_devkit.local.errors import SetupError
from mailtide_devkit.local.ports import free_port
from mailtide_devkit.local.probes import http_status
from mailtide_devkit.local.process import ProcessError, Program
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.service import Service
from mailtide_devkit.stack.supervisor import Supervisor

pytestmark = pytest.mark.real

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *_): pass
print("listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def a_service(folder: Path, name: str = "child", code: str = SERVER, ready_seconds: float = 60) -> Service:
    port = free_port()
    command = [sys.executable, "-I", "-c", code, str(port)]
    return Service(
        name,
        command,
        port=port,
        log=folder / f"{name}.log",
        env=dict(os.environ),
        ready_seconds=ready_seconds,
    )


@pytest_asyncio.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    running = Supervisor()
    yield running
    await running.stop_all()


async def test_a_started_service_answers_and_a_stopped_one_is_gone(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    service = a_service(tmp_path)
    await supervisor.start({"child": service})
    pid = service.process.pid
    assert await http_status("127.0.0.1", service.port, "/readyz") == 200
    assert os.getpgid(pid) == pid
    await supervisor.stop("child")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_killed_service_stays_dead_until_it_is_restarted(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    service = a_service(tmp_path)
    await supervisor.start({"child": service})
    first = service.process.pid
    await supervisor.kill("child")
    assert service.process.returncode == -signal.SIGKILL
    await supervisor.restart("child")
    assert service.process.pid != first
    assert await service.is_ready()


async def test_a_frozen_service_does_not_answer_until_it_is_thawed(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    service = a_service(tmp_path)
    await supervisor.start({"child": service})
    supervisor.freeze("child")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(http_status("127.0.0.1", service.port, "/readyz"), 0.3)
    supervisor.thaw("child")
    await until(service.is_ready, what="thawed service answers")


async def test_a_frozen_service_can_be_stopped(supervisor: Supervisor, tmp_path: Path) -> None:
    service = a_service(tmp_path)
    await supervisor.start({"child": service})
    supervisor.freeze("child")
    await supervisor.stop("child")
    assert service.process.returncode == -signal.SIGTERM


async def test_one_that_ends_early_is_reported_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    with pytest.raises(ProcessError, match=r"(?s)ended with 3.*missing settings: DATABASE_URL"):
        await supervisor.start(
            {
                "child": a_service(
                    tmp_path, code="print('missing settings: DATABASE_URL'); raise SystemExit(3)"
                )
            }
        )


async def test_one_that_is_not_ready_in_time_is_reported_and_ended(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    code = "import signal; print('waiting for kafka', flush=True); signal.pause()"
    service = a_service(tmp_path, code=code, ready_seconds=0.5)
    with pytest.raises(ProcessError, match=r"(?s)timed out after 0.5 s.*waiting for kafka"):
        await supervisor.start({"child": service})
    assert not service.process.running


async def test_a_failed_start_leaves_no_other_behind(tmp_path: Path) -> None:
    supervisor = Supervisor()
    good, bad = a_service(tmp_path, "good"), a_service(tmp_path, "bad", "raise SystemExit(1)")
    with pytest.raises(ProcessError, match="bad"):
        await supervisor.start({"good": good, "bad": bad})
    await supervisor.stop_all()
    assert not good.process.running


class Uninstalled(Program):
    """A program that fails before its process exists."""

    async def start(self) -> None:
        raise SetupError("install Java 17")

    async def stop(self) -> None:
        await self.process.terminate(1)


async def test_the_reason_of_a_start_without_a_process_is_not_hidden(tmp_path: Path) -> None:
    supervisor = Supervisor()
    good = a_service(tmp_path, "good")
    with pytest.raises(SetupError, match="Java"):
        await supervisor.start({"good": good, "kafka": Uninstalled()})
    await supervisor.kill_all()
    assert not good.running


async def test_what_dies_is_started_again_within_two_seconds(tmp_path: Path) -> None:
    changes: list[float] = []

    async def changed() -> None:
        changes.append(time.monotonic())

    report = io.StringIO()
    supervisor = Supervisor(auto_restart=True, on_change=changed, report=report)
    service = a_service(tmp_path)
    try:
        await supervisor.start({"child": service})
        first = service.process.pid
        killed = time.monotonic()
        os.kill(first, signal.SIGKILL)
        await asyncio.wait_for(_first(changes), 5)
        assert changes[0] - killed < 2
        assert service.process.pid != first
        assert "child ended with -9" in report.getvalue()
    finally:
        await supervisor.stop_all()
    assert not service.process.running


class Preparing(Program):
    """A program whose process does not exist yet."""

    async def start(self) -> None:
        await asyncio.sleep(60)

    async def stop(self) -> None:
        await asyncio.sleep(0)


async def test_what_dies_while_others_start_is_started_again(tmp_path: Path) -> None:
    described: list[set[str]] = []

    async def describe() -> None:
        described.append({name for name, process in kept.processes.items() if process.pid})

    report = io.StringIO()
    kept = Supervisor(auto_restart=True, on_change=describe, report=report)
    await kept.start({"child": a_service(tmp_path)})
    others = asyncio.create_task(kept.start({"kafka": Preparing(), "other": a_service(tmp_path, "other")}))
    try:
        await kept.kill("child")

        async def restarted() -> bool:
            return bool(described)

        await until(restarted, what="a restart")
        assert "child" in described[0]
        assert "while restarting" not in report.getvalue()
    finally:
        others.cancel()
        await kept.stop_all()


async def test_a_full_disk_during_a_restart_does_not_end_the_supervision(tmp_path: Path) -> None:
    changes: list[float] = []

    async def changed() -> None:
        changes.append(time.monotonic())
        if len(changes) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    report = io.StringIO()
    supervisor = Supervisor(auto_restart=True, on_change=changed, report=report)
    service = a_service(tmp_path)
    try:
        await supervisor.start({"child": service})
        await supervisor.kill("child")
        await asyncio.wait_for(_first(changes), 5)
        await supervisor.kill("child")

        async def again() -> bool:
            return len(changes) > 1

        await until(again, what="another restart")
        assert "while restarting child: [Errno 28] No space left" in report.getvalue()
    finally:
        await supervisor.stop_all()


async def _first(changes: list[float]) -> None:
    async def any_change() -> bool:
        return bool(changes)

    await until(any_change, what="a change")


async def test_an_unknown_name_is_refused_with_the_known_ones(supervisor: Supervisor, tmp_path: Path) -> None:
    await supervisor.start({"child": a_service(tmp_path)})
    with pytest.raises(ProcessError, match="no process is called chld; the processes are: child"):
        await supervisor.kill("chld")
