"""Kafka as managed services run it: TLS, logins, and access only by ACL."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from mailtide_common.contracts.codec import Encoded, Record
from mailtide_common.contracts.topics import ALL_TOPICS, NOTIFICATIONS
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers, Login
from mailtide_common.runtime.kafka.consumers.consumer_groups import Consumers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import TopicFollower, read_to_end
from mailtide_common.runtime.kafka.topics_admin import check_topics, ensure_topics
from mailtide_common.runtime.settings import KafkaSettings, load
from mailtide_common.runtime.stopping import DISCONNECT_SECONDS
from mailtide_common.runtime.web.health import Health
from mailtide_common.runtime.web.server import Switch
from mailtide_devkit.local.secured_kafka import SecuredKafka
from mailtide_devkit.local.waiting import until

PARTITIONS = 2
SECONDS = 30


@pytest.fixture(scope="module")
async def kafka() -> AsyncIterator[SecuredKafka]:
    async with SecuredKafka(["anna", "nobody"]) as kafka:
        await kafka.add_scram_user("anna", "scram-password")
        await kafka.allow(
            "anna", {topic.name: {"Create", "Read", "Write"} for topic in ALL_TOPICS}, ["test."]
        )
        yield kafka


def login(kafka: SecuredKafka, mechanism: str) -> dict[str, str]:
    plain = kafka.environment("anna")
    if mechanism == "PLAIN":
        return plain
    return plain | {"KAFKA_SASL_MECHANISM": mechanism, "KAFKA_SASL_PASSWORD": "scram-password"}


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_every_kind_of_client_logs_in_over_tls(
    kafka: SecuredKafka, monkeypatch: pytest.MonkeyPatch, mechanism: str
) -> None:
    for name, value in login(kafka, mechanism).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAILTIDE_TOPIC_PARTITIONS", str(PARTITIONS))
    settings = load(KafkaSettings, "mailtide-test")
    brokers = settings.brokers
    assert brokers.protocol == "SASL_SSL"
    await ensure_topics(brokers, PARTITIONS)
    seen: list[Record] = []

    async def take(records: Sequence[Record]) -> list[object]:
        seen.extend(records)
        return []

    async def consumed() -> bool:
        return mechanism.encode() in {record.value for record in seen}

    async with Publisher(brokers, source="test") as publisher:
        await publisher.send(NOTIFICATIONS, Encoded(key=b"k", value=mechanism.encode(), headers=[]))
        consumers = Consumers(settings, publisher, Switch(), Health(), service="test")
        consumers.batch(NOTIFICATIONS, group="test", handler=take)  # type: ignore[arg-type]
        await asyncio.wait_for(consumers.start(), SECONDS)
        try:
            await until(consumed, what="the record is consumed")
        finally:
            await consumers.stop()
    read = [record async for chunk in read_to_end(brokers, NOTIFICATIONS) for record in chunk.records]
    assert mechanism.encode() in {record.value for record in read}


async def test_who_is_not_known_or_not_trusted_gets_nowhere(kafka: SecuredKafka) -> None:
    good = kafka.brokers("anna")
    for bad in (
        kafka.brokers("anna", password="wrong"),
        dataclasses.replace(good, ca_file=None),
        dataclasses.replace(good, login=None),
        Brokers.plain(kafka.address),
    ):
        with pytest.raises(TransientError) as refused:
            await asyncio.wait_for(check_topics(bad, PARTITIONS), SECONDS)
        reason = str(refused.value)
        assert f"cannot be reached by {bad.protocol}" in reason
        assert ("KAFKA_SSL_CA_FILE" in reason) == bad.tls
        assert ("KAFKA_SASL_" in reason) == (bad.login is not None)


async def test_who_may_do_nothing_sees_no_topic(kafka: SecuredKafka) -> None:
    async with admin_client(kafka.brokers("nobody")) as admin:
        assert await admin.list_topics() == []


@pytest.mark.fault
async def test_a_broker_that_does_not_answer_holds_up_no_reader_over_tls(kafka: SecuredKafka) -> None:
    await ensure_topics(kafka.brokers("anna"), PARTITIONS)
    follower = TopicFollower(kafka.brokers("anna"), NOTIFICATIONS, lambda _: None)
    await follower.start()
    kafka.open.freeze()
    try:
        async with asyncio.timeout(DISCONNECT_SECONDS + SECONDS / 3):
            await follower.stop()
    finally:
        kafka.open.thaw()


def test_a_login_is_never_shown() -> None:
    brokers = Brokers(("a:1",), login=Login("PLAIN", "anna", "canary"))
    assert "canary" not in repr(brokers)


def test_every_protocol_is_what_it_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "a:1")
    monkeypatch.setenv("MAILTIDE_SECRETS_DIR", str(tmp_path))
    for protocol in ("PLAINTEXT", "SSL"):
        monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", protocol)
        assert load(KafkaSettings, "mailtide-test").brokers.protocol == protocol
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "anna")
    (tmp_path / "kafka_sasl_password").write_text("from-file")
    for protocol in ("SASL_PLAINTEXT", "SASL_SSL"):
        monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", protocol)
        brokers = load(KafkaSettings, "mailtide-test").brokers
        assert brokers.protocol == protocol
        assert brokers.client_options()["sasl_plain_password"] == "from-file"
