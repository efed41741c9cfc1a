import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio
from rich.console import Console

from mailtide_devkit.__main__ import main
from mailtide_devkit.local.errors import SetupError
from mailtide_devkit.local.process import Process, ProcessError
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.files import StackFiles
from mailtide_devkit.stack.instances import instances
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_devkit.stack.up import (
    first_start,
    from_here,
    hints_of,
    how_to_connect,
    table_of,
    used_from_environment,
)
from mailtide_nylas_simulator.__main__ import build
from mailtide_nylas_simulator.__main__ import parser as simulator_parser

pytestmark = [pytest.mark.real, pytest.mark.e2e]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    root = tmp_path_factory.mktemp("stack")
    async with Stack(StackOptions(root=root, services={"persister": 1}, auto_restart=True)) as stack:
        yield stack
    assert not stack.files.json.exists()
    assert not stack.files.env.exists()


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for data, which the account of Postgres can enter."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


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


async def test_the_table_fits_a_terminal_and_shows_no_password(running: Stack) -> None:
    said = StringIO()
    Console(file=said, width=80).print(table_of(running))
    lines = said.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert f"127.0.0.1:{urlsplit(running.database_url).port}/mailtide" in said.getvalue()
    shown = said.getvalue() + "\n".join(hints_of(running))
    secrets = running.secrets.as_environment()
    hidden = [secrets["ADMIN_TOKEN"], secrets["SECRET_KEY"], str(urlsplit(running.database_url).password)]
    assert not [secret for secret in hidden if secret in shown]


async def test_the_commands_below_the_table_work(running: Stack) -> None:
    for wanted in ("deliver mail", "break something", "mend it"):
        (line,) = (line for line in hints_of(running) if line.startswith(wanted))
        command = line.partition("curl")[2]
        shell = f"curl --silent --fail-with-body{command}"
        done = await asyncio.to_thread(
            subprocess.run, ["sh", "-c", shell], capture_output=True, timeout=10, check=False
        )
        assert done.returncode == 0, done.stdout


def test_what_is_taken_from_the_environment_is_named_before_it_is_changed() -> None:
    assert used_from_environment({"HOME": "/"}) == []
    used = {
        "DATABASE_URL": "postgresql://u:hidden@db/app?password=hidden",
        "KAFKA_BOOTSTRAP_SERVERS": "k:1",
        "CRON_SECRET": "hidden",
    }
    lines = used_from_environment(used)
    assert lines[0] == "using from the environment: CRON_SECRET, DATABASE_URL, KAFKA_BOOTSTRAP_SERVERS"
    assert "postgresql://u@db/app" in lines[1]
    assert "k:1" in lines[2]
    assert "hidden" not in "\n".join(lines)


@pytest.mark.parametrize("given", [False, True])
def test_mail_is_delivered_to_the_mailbox_that_is_connected_first(given: bool, tmp_path: Path) -> None:
    mailbox = tmp_path / "mail.mbox"
    mailbox.write_text("From a@example.com Sat Nov 28 09:00:00 2026\nSubject: hello\n\nhello\n")
    arguments = ("--mailbox", str(mailbox)) if given else ()
    world = build(simulator_parser().parse_args([*arguments, "--messages=1"]))
    first = next(box.email for box in world.mailboxes.values() if box.provider == "google")
    stack = Stack(StackOptions(root=tmp_path, environment={}, services={}, simulator_arguments=arguments))
    assert [line for line in hints_of(stack) if line.startswith("deliver mail:") and f"/{first}/" in line]


def test_paths_below_the_table_work_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    env = tmp_path / ".mailtide" / "stack.env"
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    for folder in (tmp_path, elsewhere):
        monkeypatch.chdir(folder)
        shown.append(from_here(env))
    assert shown == [".mailtide/stack.env", str(env)]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"PUBLIC_URL": "http://127.0.0.1:8080"}, "curl -sL -b '' 'http://127.0.0.1:8080/"),
        ({"PUBLIC_URL": "http://127.0.0.1:8080", "CONNECT_SECRET": "c"}, "mailtide connect-link"),
        ({"PUBLIC_URL": "https://mail.example.com"}, "set CONNECT_SECRET and start again"),
    ],
)
def test_a_link_that_the_ingress_would_refuse_is_not_offered(settings: dict[str, str], said: str) -> None:
    assert how_to_connect(settings).startswith(said)


def test_a_kafka_of_the_environment_is_not_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    own = Stack(StackOptions(root=tmp_path, environment={}))
    theirs = Stack(StackOptions(root=tmp_path, environment={"KAFKA_BOOTSTRAP_SERVERS": "k:1"}))
    assert first_start(own) == "; the first start downloads Kafka"
    assert first_start(theirs) == ""


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    root = tmp_path / "file"
    root.touch()
    with pytest.raises(
        SetupError, match=r"cannot write to .*/file/\.mailtide: Not a directory; use another folder"
    ):
        async with Stack(StackOptions(root=root, services={})):
            pass


def test_a_negative_number_of_workers_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["up", "--sync-workers=-1"])
    assert "'-1' is not a whole number of 0 or more" in capsys.readouterr().err


async def test_a_second_stack_in_the_folder_is_refused_and_changes_nothing(running: Stack) -> None:
    before = running.files.json.read_text()
    with pytest.raises(
        SetupError, match=f"another stack runs in .*: process {os.getpid()}; end it with Ctrl-C"
    ):
        async with Stack(StackOptions(root=running.files.root, services={})):
            pass
    assert running.files.json.read_text() == before


def test_a_stack_that_was_killed_blocks_nobody(tmp_path: Path) -> None:
    program = (
        f"from pathlib import Path; from mailtide_devkit.stack.files import StackFiles; import os, signal;"
        f"StackFiles(Path({str(tmp_path)!r})).prepare(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -signal.SIGKILL
    files = StackFiles(tmp_path)
    files.prepare()
    files.release()


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

    await until(replaced, what="another process in the file")


async def test_an_unknown_service_is_refused(running: Stack) -> None:
    with pytest.raises(ProcessError, match="no service is called ingress; the services are: persister"):
        running.url("ingress")


def test_further_instances_are_numbered() -> None:
    assert instances("persister", 3) == ["persister", "persister-2", "persister-3"]


@pytest.mark.parametrize(
    ("command", "number", "said", "code"),
    [
        ("up", signal.SIGINT, "stopping", 0),
        ("demo", signal.SIGTERM, "stopped", 130),
        ("demo", signal.SIGHUP, "stopped", 130),
    ],
)
async def test_a_signal_while_starting_ends_everything_in_good_order(
    command: str, number: signal.Signals, said: str, code: int, data: Path
) -> None:
    line = [sys.executable, "-m", "mailtide_devkit", command, "--root", data]
    given = {**os.environ, "TMPDIR": str(data)}
    up = Process("up", [str(part) for part in line], log=data / "up.log", env=given)
    await up.start()

    async def started() -> bool:
        return (data / ".mailtide" / "logs" / "kafka.log").exists()

    await until(started, what="start of Kafka")
    assert await up.terminate(20, number) == code
    assert said in up.tail()
    assert not (data / ".mailtide" / "stack.json").exists()
    assert data_of_servers(data) == []


def data_of_servers(folder: Path) -> list[Path]:
    return list(folder.glob("mailtide-*"))
