"""The programs of docs/read-your-mail.md run as they stand there: links for the ingress, consumers on a real Kafka."""

import asyncio
import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import Lane
from mailtide_common.contracts.topics import MESSAGES
from mailtide_common.contracts.versions import Source
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.retry import until_available
from mailtide_common.runtime.web.server import Switch
from mailtide_devkit.local.backends import KafkaServer
from mailtide_harness.guide import blocks
from mailtide_harness.persister import content, state
from mailtide_ingress.app import create_app
from mailtide_ingress.settings import IngressSettings

NODE = Path(__file__).parent / "node"
SECONDS = 60.0


CONNECT = {"CONNECT_SECRET": "demo-connect-secret", "PUBLIC_URL": "https://mail.example.com"}


async def printed(command: Sequence[str], **environment: str) -> str:
    """What a program prints that has to succeed."""
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0
    return said.decode().strip()


@pytest.mark.parametrize("provider", ["google", ""])
@pytest.mark.parametrize("language", ["python", "js"])
async def test_the_ingress_accepts_the_links_of_the_page(language: str, provider: str) -> None:
    (program,) = (block for block in blocks(language) if "signature" in block)
    node = shutil.which("node")
    if language == "python":
        command = [sys.executable, "-c", f"{program}\nprint(connect_link('42 ü&', '{provider}'))"]
    elif node is None:
        pytest.skip("node is needed for the link in Node")
    else:
        command = [
            node,
            "--input-type=module",
            "--eval",
            f"{program}\nconsole.log(connectLink('42 ü&', '{provider}'))",
        ]
    link = await printed(command, **CONNECT)
    settings = IngressSettings(
        kafka_bootstrap_servers="unused:9092",
        nylas_api_key=SecretStr("key"),
        nylas_client_id="client",
        secret_key=SecretStr("a-secret-key-for-tests"),
        public_url=CONNECT["PUBLIC_URL"],
        connect_secret=SecretStr(CONNECT["CONNECT_SECRET"]),
    )
    transport = httpx.ASGITransport(create_app(settings, Switch()))
    async with httpx.AsyncClient(transport=transport) as client:
        assert (await client.get(link)).status_code == 302
        assert (await client.get(link.replace("user_id=42", "user_id=43"))).status_code == 403


class Announced:
    """Mail of every kind in `mail.messages.v1`, and what a program announces of it."""

    def __init__(self, brokers: str, folder: Path) -> None:
        self._brokers = brokers
        self._folder = folder
        self._mark = uuid4().hex

    async def publish(self, *names: str, lane: Lane, age: int = 60, source: Source = Source.API) -> None:
        async with Publisher(Brokers.plain(self._brokers), source="test") as publisher:
            for name in names:
                event = content(
                    1,
                    message=f"{name}-{self._mark}",
                    subject=name.title(),
                    received_at=int(time.time()) - age,
                    source=source,
                )
                for each in (
                    event.model_copy(update={"lane": lane}),
                    state(1, message=f"{name}-{self._mark}"),
                ):
                    await until_available(
                        partial(publisher.publish, each),
                        event="kafka_unavailable",
                        seconds=SECONDS,
                    )

    async def publish_unlabelled(self) -> None:
        """Publish what another program may have written by mistake: a record without headers."""
        async with Publisher(Brokers.plain(self._brokers), source="test") as publisher:
            await publisher.send(MESSAGES, Encoded(key=b"k", value=b"v", headers=[]))

    async def of(self, command: Sequence[str], last: str) -> list[str]:
        """The subjects that a program announces when it reads the topic from its beginning, to the last one."""
        group = uuid4().hex
        process = await asyncio.create_subprocess_exec(
            *(re.sub(r"my-(python|node)-application", group, part) for part in command),
            cwd=self._folder,
            env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": self._brokers},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        found: list[str] = []
        try:
            async with asyncio.timeout(SECONDS):
                async for line in process.stdout:
                    id_, _, subject = line.decode().strip().partition(" ")
                    if id_.endswith(self._mark):
                        found.append(subject)
                        if subject == last:
                            return found
            raise AssertionError(f"{command[0]} ended without a line about {last}")
        finally:
            process.kill()
            await process.wait()


async def announces_each_mail_once(announced: Announced, command: Sequence[str]) -> None:
    """No old mail and nothing twice, though fetched again and read again from the beginning after a restart."""
    await announced.publish("filled", lane=Lane.BACKFILL)
    await announced.publish("late", lane=Lane.SYNC)
    await announced.publish("new", lane=Lane.LIVE)
    await announced.publish("old", lane=Lane.SYNC, age=30 * 24 * 3600, source=Source.FOLLOW_UP)
    await announced.publish("old", lane=Lane.LIVE, age=30 * 24 * 3600)
    await announced.publish("filled", "late", "new", lane=Lane.SYNC, source=Source.FOLLOW_UP)
    await announced.publish_unlabelled()
    await announced.publish("pause", lane=Lane.LIVE)
    assert await announced.of(command, "Pause") == ["Late", "New", "Pause"]
    await announced.publish("late", "new", lane=Lane.SYNC, source=Source.FOLLOW_UP)
    await announced.publish("last", lane=Lane.LIVE)
    again = await announced.of(command, "Last")
    assert [subject for subject in again if subject != "Pause"] == ["Last"]  # ended while it announced Pause


@pytest.fixture
async def brokers(kafka: KafkaServer) -> str:
    await ensure_topics(Brokers.plain(kafka.bootstrap_servers), 12)
    return kafka.bootstrap_servers


@pytest.mark.fault
async def test_the_python_consumer_announces_each_mail_once(brokers: str, tmp_path: Path) -> None:
    (program,) = (block for block in blocks("python") if "AIOKafkaConsumer" in block)
    await announces_each_mail_once(Announced(brokers, tmp_path), [sys.executable, "-c", program])


@pytest.mark.fault
async def test_the_node_consumer_announces_each_mail_once(brokers: str, tmp_path: Path) -> None:
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("node and npm are needed for the consumer in Node")
    if not (NODE / "node_modules/kafkajs").exists():
        install = await asyncio.create_subprocess_exec(npm, "ci", "--no-audit", "--no-fund", cwd=NODE)
        assert await asyncio.wait_for(install.wait(), SECONDS) == 0
    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    (program,) = (block for block in blocks("js") if "kafkajs" in block)
    await announces_each_mail_once(
        Announced(brokers, tmp_path), [found, "--input-type=module", "--eval", program]
    )
