"""docker-compose.yml, run for real with the commands that users type. Run by `make test-containers`."""

import asyncio
import json
import re
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from mailtide_devkit.commands import CommandError, command
from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.arrivals import Arrivals
from mailtide_devkit.generate.docs import SETTINGS, settings_class
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.webhook import webhook_is_active
from mailtide_harness.mail_tables import MAIL_TABLES, settled_checksum
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

from .compose_stack import DOWN_SECONDS, SERVICES, ComposeStack

ONE_SHOTS = ("topics", "migrate")
CHECK_SECONDS = 60


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[ComposeStack]:
    """The demo profile, started from nothing and removed afterwards."""
    stack = ComposeStack()
    await stack.down("--volumes", "--remove-orphans")
    try:
        await stack.up()
        yield stack
    finally:
        await stack.down("--volumes", "--remove-orphans")


@asynccontextmanager
async def simulator(stack: ComposeStack) -> AsyncIterator[SimulatorAdmin]:
    async with SimulatorAdmin(await stack.url("nylas", 8090)) as admin:
        yield admin


async def equal(stack: ComposeStack, admin: SimulatorAdmin) -> None:
    """Wait until every row equals its message, field by field."""
    grants = [str(grant["id"]) for grant in await admin.grants()]
    assert grants
    await user_actions.equal(await stack.database_url(), admin, grants, seconds=CHECK_SECONDS)


async def test_the_file_provides_exactly_what_the_services_read() -> None:
    services = json.loads(await ComposeStack().compose("--profile", "tools", "config", "--format", "json"))[
        "services"
    ]
    fields = {name: settings_class(path).model_fields for name, path in SETTINGS.items()}
    for command_name, own in fields.items():
        cli = command_name == "mailtide"  # its commands read what the services read
        known = {name.upper() for each in (fields.values() if cli else [own]) for name in each}
        known |= {"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}  # read by OpenTelemetry itself
        given = services["cli" if cli else command_name.removeprefix("mailtide-")]["environment"].keys()
        assert given <= known, command_name
        assert {name.upper() for name, field in own.items() if field.is_required()} <= given, command_name
    for name, service in services.items():
        assert re.fullmatch(r"[a-z/-]+:(?!latest)[\w.-]+", service["image"]), name


async def test_every_healthcheck_is_green_and_mail_is_seen_arriving(stack: ComposeStack) -> None:
    for container in await stack.containers():
        name, state = container["Config"]["Labels"]["com.docker.compose.service"], container["State"]
        if name in (*ONE_SHOTS, "console-login"):
            assert (state["Running"], state["ExitCode"]) == (False, 0), name
        else:
            assert state["Health"]["Status"] == "healthy", name
    assert "row after" in await stack.compose("logs", "--no-color", "sender")
    await stack.compose("stop", "sender")  # from here on, only tests deliver mail
    async with simulator(stack) as admin:
        await equal(stack, admin)


async def test_containers_may_do_little(stack: ComposeStack) -> None:
    for container in await stack.containers(*SERVICES, *ONE_SHOTS, "nylas"):
        host = container["HostConfig"]
        assert container["Config"]["User"] == "10001:10001"
        assert host["ReadonlyRootfs"] is True
        assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], None)
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["Init"] is True
        assert host["Memory"] > 0
    for service in SERVICES:
        for absent in ("pip", "uv", "gcc", "cc"):
            with pytest.raises(CommandError, match="exit code"):
                await stack.exec(service, "sh", "-c", f"command -v {absent} || python -m {absent} --version")
        with pytest.raises(CommandError, match="Read-only file system"):
            await stack.exec(service, "touch", "/opt/mailtide/x")


async def test_the_ingress_has_no_way_to_postgres(stack: ComposeStack) -> None:
    with pytest.raises(CommandError, match="No module named 'asyncpg'"):
        await stack.exec("ingress", "python", "-c", "import asyncpg")
    with pytest.raises(CommandError, match="gaierror"):
        await stack.exec(
            "ingress", "python", "-c", "import socket; socket.create_connection(('postgres', 5432), 3)"
        )


async def test_a_webhook_becomes_a_row(stack: ComposeStack) -> None:
    async with simulator(stack) as admin, Arrivals(await stack.database_url()) as arrivals:
        expected: set[str] = set()
        for box in await admin.mailboxes():
            expected |= set(await admin.deliver(box.email, 10))
            expected |= set(await admin.deliver(box.email, 1, size=1_050_000))
        assert await arrivals.wait_for(expected, seconds=CHECK_SECONDS) == set()
        await equal(stack, admin)


async def test_cron_finds_what_dropped_webhooks_did_not_say(stack: ComposeStack) -> None:
    async with simulator(stack) as admin:
        fault = await admin.fault("drop", trigger="message.created")
        for box in await admin.mailboxes():
            await admin.deliver(box.email, 4)
        await admin.wait_idle()
        await admin.clear_faults(fault)
        report = await stack.cron()
        assert report["success"] is True
        assert {detail["syncedCount"] for detail in report["details"]} == {4}
        await equal(stack, admin)


async def test_replay_gives_the_same_rows(stack: ComposeStack) -> None:
    before = await settled_checksum(await stack.database_url())
    connection = await asyncpg.connect(await stack.database_url())
    try:
        await connection.execute(f"TRUNCATE {', '.join(MAIL_TABLES)}")
    finally:
        await connection.close()
    printed = await stack.compose("run", "--rm", "-T", "--no-deps", "cli", "replay", "--json", seconds=120)
    topics = {topic["topic"]: topic for topic in json.loads(printed)["topics"]}
    assert topics["mail.messages.v1"]["records"] > 0
    assert await user_actions.checksum(await stack.database_url()) == before


@pytest.mark.parametrize("killed", [*SERVICES, "kafka", "postgres"])
async def test_a_killed_container_comes_back_and_nothing_is_lost(stack: ComposeStack, killed: str) -> None:
    async with simulator(stack) as admin:
        boxes = [box.email for box in await admin.mailboxes()]
        stop = asyncio.Event()

        async def keep_delivering() -> int:
            sent = 0
            while not stop.is_set():
                sent += len(await admin.deliver(boxes[sent % len(boxes)]))
                await asyncio.sleep(0.1)
            return sent

        stream = asyncio.create_task(keep_delivering())
        try:
            await asyncio.sleep(1)  # in the middle of work
            await stack.crash(killed)
        finally:
            stop.set()
        assert await stream > 10
        await admin.wait_idle(30)
        # Nylas, too, gives up a delivery after its retries; the periodic delta finds its mail
        report = await stack.cron()
        assert report["success"] is True
        await equal(stack, admin)


async def test_three_workers_share_the_partitions(stack: ComposeStack) -> None:
    await stack.up("--no-recreate", "--scale", "sync-worker=3", "--scale", "sender=0")
    program = await asyncio.to_thread(Path(__file__).with_name("partitions.py").read_text, "utf-8")

    async def shares() -> list[int]:
        printed = await stack.exec("sync-worker", "python", "-", stdin=program)
        return sorted(json.loads(printed.splitlines()[-1]))

    async def shared() -> bool:
        return await shares() == [4, 4, 4]

    await until(shared, seconds=CHECK_SECONDS, what="three members have four partitions each")
    async with simulator(stack) as admin, Arrivals(await stack.database_url()) as arrivals:
        expected = {id_ for box in await admin.mailboxes() for id_ in await admin.deliver(box.email, 20)}
        assert await arrivals.wait_for(expected, seconds=CHECK_SECONDS) == set()
        await equal(stack, admin)
    await stack.up("--no-recreate", "--scale", "sync-worker=1", "--scale", "sender=0")

    async def alone() -> bool:
        return await shares() == [12]

    await until(alone, seconds=CHECK_SECONDS, what="one member has all partitions")


async def test_services_stop_within_their_grace_and_volumes_keep_everything(stack: ComposeStack) -> None:
    before = await mail_checksum(stack)
    began = time.monotonic()
    await stack.compose("stop", *SERVICES, seconds=DOWN_SECONDS)
    for container in await stack.containers(*SERVICES):
        assert container["State"]["ExitCode"] == 0, container["Name"]
    await stack.down()
    assert time.monotonic() - began < 45
    await stack.up("--scale", "sender=0")
    assert await mail_checksum(stack) == before
    async with simulator(stack) as admin:  # a new simulator, without grants
        box = (await admin.mailboxes())[0]
        await stack.connect(box)
        await webhook_is_active(admin, seconds=user_actions.SETTLE_SECONDS)
        subject = f"after {secrets.token_hex(8)}"  # the new one's message ids repeat the old one's
        await admin.deliver_messages(box.email, [{"subject": subject}] * 3)
        await until(
            lambda: have(stack, subject, 3), seconds=CHECK_SECONDS, what="new mail is in the database"
        )


async def have(stack: ComposeStack, subject: str, wanted: int) -> bool:
    """Return whether `wanted` messages have this subject."""
    connection = await asyncpg.connect(await stack.database_url())
    try:
        found = await connection.fetchval("SELECT count(*) FROM emails WHERE subject = $1", subject)
    finally:
        await connection.close()
    return bool(found == wanted)


async def mail_checksum(stack: ComposeStack) -> str:
    """Return a digest of all mail, without the accounts' own state."""
    connection = await asyncpg.connect(await stack.database_url())
    try:
        found: str = await connection.fetchval(
            "SELECT md5(string_agg(md5(e::text), '' ORDER BY e.id)) || count(*) FROM emails e"
        )
    finally:
        await connection.close()
    return found


async def test_nothing_of_this_machine_is_in_an_image() -> None:
    """Package configuration is mounted while packages are fetched, never copied."""
    for service in SERVICES:
        image = f"mailtide/{service}:dev"
        history = await command(
            "docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", image, seconds=30
        )
        assert "index-url" not in history
        look = "find /etc/pip.conf /run/secrets -type f -size +0 2>/dev/null; true"
        run = ("docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", look)
        assert await command(*run, seconds=30) == ""
