"""The operator's command: results for people and for programs, errors in one line."""

import asyncio
import json
import logging
import re
import shlex
import socket
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from mailtide import scheduler
from mailtide.__main__ import Commands, app
from mailtide.outputs import OUTPUTS
from mailtide_common.contracts.dead_letters import LISTED, ErrorClass
from mailtide_common.contracts.events import AlertKind
from mailtide_common.contracts.health.incident_cures import cure_of
from mailtide_devkit.local.ports import free_port
from mailtide_persister.schema.migrations import newest_revision

ID = "00000000-0000-0000-0000-000000000001"


async def call(*arguments: str, **environment: str) -> Result:
    """Run the command in a thread, since it has an event loop of its own."""
    settings = {"DATABASE_URL": "", "KAFKA_BOOTSTRAP_SERVERS": "", **environment}
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env=settings)


async def test_help_names_every_command() -> None:
    result = await call("--help")
    assert result.exit_code == 0
    for name in Commands.places:
        assert f"  {name} " in result.stdout
        shown = await call(name, "--help")
        assert shown.exit_code == 0
        assert "...\n" not in shown.stdout.partition("Commands:")[2], "a summary is cut off"
    assert "3 a server is unavailable" in " ".join(result.stdout.split())


async def test_version() -> None:
    assert (await call("--version")).stdout == f"mailtide {version('mailtide')}\n"


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (("topics", "ensure"), "KAFKA_BOOTSTRAP_SERVERS"),
        (("migrate",), "DATABASE_URL"),
        (("replay",), "DATABASE_URL, KAFKA_BOOTSTRAP_SERVERS"),
    ],
)
async def test_missing_settings_are_one_line(arguments: tuple[str, ...], missing: str) -> None:
    result = await call(*arguments)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert f"missing settings: {missing}" in result.stderr


@pytest.mark.parametrize("arguments", [("topics", "ensure"), ("migrate",), ("replay",)])
async def test_a_server_that_is_away_is_one_line(arguments: tuple[str, ...]) -> None:
    result = await call(
        *arguments, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"
    )
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("mailtide: ")


async def test_the_doctor_names_each_server_that_is_away_once() -> None:
    result = await call(
        "doctor",
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
        KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1",
        NYLAS_API_URI="http://127.0.0.1:1",
        NYLAS_API_KEY="key",
        NYLAS_CLIENT_ID="client",
        PUBLIC_URL="http://127.0.0.1:1",
    )
    assert result.exit_code == 3, result.output
    assert [result.stdout.count(f"error {server}: ") for server in ("Kafka", "Postgres", "nylas")] == [
        1,
        1,
        1,
    ]
    assert (
        "not checked: brokers, topics, kafka-clock, postgres, schema, clock, accounts, lag, scheduler, incidents, "
        "channels, webhook-secret" in result.stdout
    )


@pytest.mark.parametrize("arguments", [(), ("accounts",)])
async def test_without_a_command_the_help_is_shown_and_it_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    result = await call(*arguments)
    assert result.exit_code == 2
    assert result.output.startswith("Usage: ")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("sync", "--mode", "x"), "'--mode': 'x' is not one of 'delta', 'full', 'audit'"),
        (("dead-letters", "list", "--limit", "x"), "'--limit': must be a whole number"),
        (("dead-letters", "redrive"), "value: give either ids or --error-class, not both"),
        (("dead-letters", "redrive", ID, "--limit", "1"), "value: --limit can only be given together with"),
        (("dead-letters", "discard", ID, "--note", " "), "--note: must contain a visible character"),
        (("dead-letters", "discard", ID, "--note", "x" * 501), "--note: must have at most 500 characters"),
        (("dead-letters", "redrive", *[ID] * 1_001), "ID...: must have at most 1000 items"),
        (("connect-link", "--user", "a\nb"), "--user: must not contain line feeds"),
        (("connect-link", "--provider", "Google"), "--provider: must be Nylas' name of a provider"),
        (("connect-link", "--user", "x" * 129), "--user: must have at most 128 characters"),
    ],
)
async def test_wrong_arguments_are_named_in_plain_words(arguments: tuple[str, ...], reason: str) -> None:
    result = await call(*arguments)
    assert result.exit_code == 2
    assert f"Invalid value for {reason}" in result.stderr or f"Invalid {reason}" in result.stderr


async def test_a_token_that_no_header_can_carry_is_a_wrong_setting() -> None:
    result = await call("status", ADMIN_TOKEN="t\N{LATIN SMALL LETTER O WITH DIAERESIS}ken")
    assert result.exit_code == 2
    assert "ADMIN_TOKEN (must not be empty, and must be printable ASCII" in result.stderr


async def test_logging_is_suppressed_only_while_a_command_runs() -> None:
    """A process that runs a command and then something else, such as this one, keeps its logs."""
    await call("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert logging.getLogger("afterwards").isEnabledFor(logging.WARNING)


@pytest.mark.real
@pytest.mark.parametrize("arguments", [("topics", "ensure"), ("migrate",)])
async def test_the_one_shots_wait_for_a_server_that_comes_late(
    kafka: Any, database_url: str, arguments: tuple[str, ...]
) -> None:
    """The server's port is a forwarder's, which opens while the command already waits."""
    where = urlsplit(database_url)
    upstream = kafka.port if arguments[0] == "topics" else where.port
    port = free_port()
    late_url = urlunsplit(where._replace(netloc=where.netloc.replace(f":{where.port}", f":{port}")))
    waiting = asyncio.create_task(
        call(
            *arguments,
            "--wait",
            "30",
            KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{port}",
            DATABASE_URL=late_url,
        )
    )
    _, pending = await asyncio.wait([waiting], timeout=2)
    assert pending, "it gave up"

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, there = await asyncio.open_connection("127.0.0.1", upstream)
        await asyncio.gather(pump(reader, there), pump(back, writer))

    async with await asyncio.start_server(forward, "127.0.0.1", port):
        assert (await waiting).exit_code == 0


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)
    sink.close()


@pytest.mark.real
async def test_the_one_shots_can_be_repeated(kafka: Any, database_url: str) -> None:
    environment = {"DATABASE_URL": database_url, "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers}
    await call("topics", "ensure", **environment)
    again = json.loads((await call("topics", "ensure", "--repair", "--json", **environment)).stdout)
    assert [again[key] for key in ("created", "repaired", "differences", "unseen")] == [[], [], [], []]
    assert "mail.messages.v1" in again["present"]
    assert json.loads((await call("migrate", "--json", **environment)).stdout) == {
        "revision": newest_revision()
    }
    report = json.loads((await call("replay", "--json", **environment)).stdout)
    assert [topic["topic"] for topic in report["topics"]][:2] == ["mail.purges.v1", "mail.accounts.v1"]
    table = (await call("replay", **environment)).stdout
    assert "mail.messages.v1" in table
    assert "unchanged" in table


@pytest.mark.real
async def test_a_wrong_partition_count_is_refused(kafka: Any) -> None:
    environment = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers}
    await call("topics", "ensure", **environment)
    result = await call("topics", "ensure", MAILTIDE_TOPIC_PARTITIONS="5", **environment)
    assert result.exit_code == 2
    assert "MAILTIDE_TOPIC_PARTITIONS is 5" in result.stderr


@pytest.mark.parametrize(
    ("answer", "code", "line"),
    [
        (None, 3, "no scheduler answers at {url}"),
        (b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", 2, "{url} refuses ADMIN_TOKEN"),
        (
            b'HTTP/1.1 503 Busy\r\ncontent-length: 45\r\n\r\n{"detail": "not now: postgres: TimeoutError"}',
            3,
            "the scheduler cannot answer now (503): postgres: TimeoutError",
        ),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", 1, "(404): Not Found; check that {url}"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 2, "is not a scheduler of this command"),
    ],
)
async def test_exit_codes_of_the_commands_that_call_the_scheduler(
    answer: bytes | None, code: int, line: str
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer or b"")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        result = await call("status", ADMIN_TOKEN="t", MAILTIDE_SCHEDULER_URL=url)
    assert (result.exit_code, result.stderr.count("\n")) == (code, 1), result.output
    assert line.replace("{url}", f"{url} (MAILTIDE_SCHEDULER_URL)") in result.stderr


async def test_a_scheduler_that_does_not_answer_is_named_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system accepts connections for a frozen process."""
    monkeypatch.setattr(scheduler, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        address = f"http://127.0.0.1:{frozen.getsockname()[1]}"
        result = await call("status", ADMIN_TOKEN="t", MAILTIDE_SCHEDULER_URL=address)
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1), result.output
    assert (
        f"{address} (MAILTIDE_SCHEDULER_URL) accepts connections, but does not answer within" in result.stderr
    )


@pytest.mark.parametrize("topic", ["mail.messages.v1", LISTED])
@pytest.mark.parametrize("error_class", ErrorClass)
async def test_the_cure_of_dead_letters_is_a_complete_command(topic: str, error_class: ErrorClass) -> None:
    """It is accepted as printed, and finds that no scheduler runs.

    A record that cannot be read would be parked again; a listed message is fetched again instead.
    """
    _, command = cure_of(AlertKind.DEAD_LETTERS, f"{topic}/{error_class}")
    name, *arguments = shlex.split(command)
    assert name == "mailtide"
    discarded = error_class is ErrorClass.UNREADABLE and topic != LISTED
    assert arguments[:2] == ["dead-letters", "discard" if discarded else "redrive"]
    address = f"http://127.0.0.1:{free_port()}"
    result = await call(*arguments, ADMIN_TOKEN="t", MAILTIDE_SCHEDULER_URL=address)
    assert result.exit_code == 3, result.output


async def test_decisions_on_held_deletions_ask_for_confirmation() -> None:
    """With `--yes` they continue, and find that no scheduler runs."""
    settings = {"ADMIN_TOKEN": "t", "MAILTIDE_SCHEDULER_URL": f"http://127.0.0.1:{free_port()}"}
    for decision in ("approve", "discard"):
        asked = await call("accounts", decision, "ada", **settings)
        assert asked.exit_code == 1, asked.output
        assert f"{decision.capitalize()} all held deletions of ada?" in asked.stderr
        assert (await call("accounts", decision, "ada", "--yes", **settings)).exit_code == 3


@pytest.mark.parametrize(
    "address", ["nonsense", "127.0.0.1:8081", "http://127.0.0.1:99999", "http://anna:s3cret@127.0.0.1:8081"]
)
async def test_an_address_of_the_scheduler_that_cannot_be_one_is_a_wrong_setting(address: str) -> None:
    result = await call("status", ADMIN_TOKEN="t", MAILTIDE_SCHEDULER_URL=address)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1), result.output
    assert "MAILTIDE_SCHEDULER_URL" in result.stderr
    assert "s3cret" not in result.stderr


async def test_a_connect_link_is_signed() -> None:
    result = await call(
        "connect-link",
        "--user",
        "42",
        "--json",
        PUBLIC_URL="https://mail.test",
        CONNECT_SECRET="0123456789abcdef",
    )
    assert json.loads(result.stdout)["url"].startswith(
        "https://mail.test/api/auth/nylas/connect?user_id=42&expires="
    )
    assert "valid until" in (await call("connect-link", CONNECT_SECRET="0123456789abcdef")).stderr
    assert "does not expire" in (await call("connect-link", CONNECT_SECRET="")).stderr
    refused = await call("connect-link", PUBLIC_URL="https://mail.example.com")
    assert (refused.exit_code, refused.stdout) == (2, ""), "the ingress would refuse the link"


async def test_config_check_names_what_is_missing() -> None:
    result = await call("config", "check", "--json", SECRET_KEY="", ADMIN_TOKEN="short")
    assert result.exit_code == 2
    wrong = json.loads(result.stdout)["wrong"]
    assert wrong["DATABASE_URL"] == "missing"
    assert "at least 16 characters" in wrong["ADMIN_TOKEN"]
    assert "openssl rand" in wrong["ADMIN_TOKEN"]


async def test_config_check_reads_the_file_of_settings(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / ".env.example"
    filled, key = tmp_path / ".env", token_hex(32)
    filled.write_text(
        re.sub(r"^([A-Z_]+)=$", rf"\1={key}", example.read_text("utf-8"), flags=re.MULTILINE), "utf-8"
    )
    environment = {"MAILTIDE_ENV_FILE": str(filled)}
    result = await call("config", "check", **environment)
    assert result.exit_code == 0, result.output
    weak = await call("config", "check", "--json", CONNECT_SECRET="short", **environment)
    assert json.loads(weak.stdout)["wrong"].keys() == {"CONNECT_SECRET"}
    of_services = {"SYNC_INTERVAL": "15m", "MAILTIDE_SHARED_MAILBOXES": "maybe", "MAILTIDE_PORT": "abc"}
    of_services |= {"MAILTIDE_RETURN_ORIGINS": "app.example.com/", "MAILTIDE_BACKFILL_START": "yesterday"}
    bad = await call("config", "check", "--json", **of_services, **environment)
    assert bad.exit_code == 2
    assert json.loads(bad.stdout)["wrong"].keys() == of_services.keys()
    assert "maybe" not in bad.output
    filled.write_text(
        re.sub("^CONNECT_SECRET=.*", "", filled.read_text("utf-8"), flags=re.MULTILINE), "utf-8"
    )
    none = await call("config", "check", "--json", **environment)
    assert "refuses all connect links" in json.loads(none.stdout)["wrong"]["CONNECT_SECRET"]
    local = await call("config", "check", PUBLIC_URL="http://127.0.0.1:8080", **environment)
    assert local.exit_code == 0, local.output


def test_the_schema_of_every_command_is_documented() -> None:
    commands = set()
    for name, (module, _) in Commands.places.items():
        command: Any = get_command(import_module(module).app)
        below = getattr(command, "commands", None)
        commands |= {f"{name} {each}" for each in below} if below else {name}
    assert commands == OUTPUTS.keys()


async def test_an_unreachable_notifier_is_named_with_its_setting() -> None:
    result = await call(
        "notify", "channels", ADMIN_TOKEN="0f" * 16, MAILTIDE_NOTIFIER_URL=f"http://127.0.0.1:{free_port()}"
    )
    assert result.exit_code == 3
    assert "no notifier answers at " in result.stderr
    assert "(MAILTIDE_NOTIFIER_URL): " in result.stderr
