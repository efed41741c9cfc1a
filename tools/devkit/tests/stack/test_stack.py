import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from rich.console import Console

from mailtide_devkit.local.process import Process, ProcessError
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions, instances
from mailtide_devkit.stack.up import table_of

pytestmark = [pytest.mark.real, pytest.mark.e2e]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    root = tmp_path_factory.mktemp("stack")
    async with Stack(StackOptions(root=root, services={"persister": 1}, auto_restart=True)) as stack:
        yield stack
    assert not stack.files.json.exists()
    assert not stack.files.env.exists()


def description(stack: Stack) -> dict[str, object]:
    found: dict[str, object] = json.loads(stack.files.json.read_text())
    return found


def pids(stack: Stack) -> dict[str, int]:
    processes = description(stack)["processes"]
    assert isinstance(processes, list)
    return {process["name"]: process["pid"] for process in processes}


async def test_the_file_says_where_everything_is(running: Stack) -> None:
    said = description(running)
    assert said["kafka"] == running.kafka.bootstrap_servers
    assert said["database_url"] == running.database_url
    assert said["persister"] == running.url("persister")
    assert said["nylas"] == {"api": running.nylas_api_uri, "admin": f"{running.nylas_api_uri}/admin"}
    assert list(pids(running))[-1] == "persister"
    assert set(pids(running)) >= {"kafka", "postgres", "persister"}
    logs = [process["log"] for process in said["processes"]]  # type: ignore[attr-defined]
    assert all((running.files.root / log).is_file() for log in logs)


async def test_a_shell_can_source_the_secrets_and_only_the_owner_reads_them(running: Stack) -> None:
    assert stat.S_IMODE(running.files.env.stat().st_mode) == 0o600
    printed = await asyncio.to_thread(
        subprocess.run,
        ["sh", "-c", f'. "{running.files.env}"; printf "%s %s" "$DATABASE_URL" "$CRON_SECRET"'],
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    assert printed.stdout == f"{running.database_url} {running.secrets.cron_secret}"


async def test_the_table_shows_addresses_without_a_password(running: Stack) -> None:
    said = StringIO()
    Console(file=said, width=200).print(table_of(running))
    assert f"127.0.0.1:{urlsplit(running.database_url).port}/mailtide" in said.getvalue()
    assert str(urlsplit(running.database_url).password) not in said.getvalue()


async def test_the_database_has_its_tables(running: Stack) -> None:
    connection = await asyncpg.connect(running.database_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM emails") == 0
    finally:
        await connection.close()


async def test_a_killed_process_comes_back_and_the_file_names_its_successor(running: Stack) -> None:
    first = pids(running)["postgres"]
    os.kill(first, signal.SIGKILL)

    async def replaced() -> bool:
        return pids(running)["postgres"] != first

    await until(replaced, seconds=2, what="another process in the file")


async def test_an_unknown_service_is_refused(running: Stack) -> None:
    with pytest.raises(ProcessError, match="no service is called ingress; there are: persister"):
        running.url("ingress")


def test_further_instances_are_numbered() -> None:
    assert instances("persister", 3) == ["persister", "persister-2", "persister-3"]


async def test_ctrl_c_while_starting_ends_everything_in_good_order(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mailtide_devkit", "up", "--root", tmp_path]
    up = Process("up", [str(part) for part in command], log=tmp_path / "up.log")
    await up.start()

    async def started() -> bool:
        return (tmp_path / ".mailtide" / "logs" / "kafka.log").exists()

    await until(started, seconds=20, what="start of Kafka")
    assert await up.terminate(20, signal.SIGINT) == 0
    assert "stopping" in up.tail()
    assert not (tmp_path / ".mailtide" / "stack.json").exists()
