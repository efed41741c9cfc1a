"""Topics that operators or an earlier release created: differences are reported, refused or repaired."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from structlog.testing import capture_logs

from mailtide_common.contracts.topics import ALL_TOPICS, MESSAGES, NOTIFICATIONS, Cleanup, Topic
from mailtide_common.runtime.errors import ConfigurationError
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.startup import await_topics
from mailtide_common.runtime.kafka.topic_differences import compare, replicated
from mailtide_common.runtime.kafka.topics_admin import (
    TopicsMissingError,
    check_created,
    check_topics,
    ensure_topics,
    partitions_of,
)
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_devkit.local.backends import started
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.waiting import until

PARTITIONS = 2
NOT_YET = (
    "segment.ms",
    "max.compaction.lag.ms",
    "delete.retention.ms",
    "message.timestamp.after.max.ms",
)
"""Settings that the previous release did not set."""
KAFKAS_OWN = {"delete.retention.ms": "86400000"}
"""Kafka's default has this value already."""


@pytest.fixture
async def kafka() -> AsyncIterator[Kafka]:
    async with started(Kafka()) as kafka:
        yield kafka


@pytest.mark.fault
async def test_topics_that_brokers_show_late_are_waited_for(kafka: Kafka) -> None:
    brokers = Brokers.plain(kafka.bootstrap_servers)
    with pytest.raises(TopicsMissingError):
        await check_topics(brokers, PARTITIONS)
    waiting = asyncio.create_task(check_created(brokers, PARTITIONS))
    _, pending = await asyncio.wait([waiting], timeout=0.5)
    assert pending
    await ensure_topics(brokers, PARTITIONS)
    assert (await waiting).differences == ()


async def test_what_an_earlier_version_or_a_hand_made_is_named_refused_and_repaired(kafka: Kafka) -> None:
    """INV-11."""
    brokers = Brokers.plain(kafka.bootstrap_servers)
    settings = KafkaSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers, mailtide_topic_partitions=PARTITIONS
    )
    async with admin_client(Brokers.plain(kafka.bootstrap_servers)) as admin:
        await admin.create_topics([of_the_version_before(topic) for topic in ALL_TOPICS])
        with capture_logs() as logs:
            await await_topics(settings)
        warned = [entry["reason"] for entry in logs if entry["event"] == "topic_settings_different"]
        assert f"topic {MESSAGES.name}: max.compaction.lag.ms is 9223372036854775807" in "\n".join(warned)
        assert all("--repair" in entry["repair"] for entry in logs)
        before = (await ensure_topics(brokers, PARTITIONS)).checked.differences
        assert [str(difference) for difference in before] == warned

        await set_for(admin, MESSAGES, {"cleanup.policy": "delete", "compression.type": "producer"})

        async def refused() -> bool:
            try:
                await await_topics(settings)
            except ConfigurationError as error:
                return "mail.messages.v1: cleanup.policy is delete, not compact: Kafka deletes" in str(error)
            return False

        await until(refused, what="a topic that loses mail is refused")

        repaired = await ensure_topics(brokers, PARTITIONS, repair=True)
        assert {d.setting for d in repaired.repaired} >= {
            "cleanup.policy",
            "segment.ms",
            "max.compaction.lag.ms",
        }
        assert repaired.checked.differences == ()
        own = await settings_of(admin, MESSAGES)
        assert own | KAFKAS_OWN == replicated(MESSAGES, 1) | {"compression.type": "producer"}, (
            "what else was set stays"
        )
        again = await ensure_topics(brokers, PARTITIONS, repair=True)
        assert (again.repaired, again.checked.unseen) == ((), ())
        assert (await check_topics(brokers, PARTITIONS)).differences == ()


def of_the_version_before(topic: Topic) -> NewTopic:
    settings = {name: value for name, value in topic.config().items() if name not in NOT_YET}
    return NewTopic(topic.name, partitions_of(topic, PARTITIONS), 1, topic_configs=settings)


async def set_for(admin: AIOKafkaAdminClient, topic: Topic, settings: dict[str, str]) -> None:
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, settings)])


async def settings_of(admin: AIOKafkaAdminClient, topic: Topic) -> dict[str, str]:
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    return {entry[0]: entry[1] for entry in answer.resources[0][4] if entry[3] == 1}


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda topic: topic.name)
def test_a_topic_as_it_should_be_differs_in_nothing(topic: Topic) -> None:
    assert compare(topic, replicated(topic, 3), 3, 3) == []


@pytest.mark.parametrize(
    ("setting", "actual", "said"),
    [
        ("max.message.bytes", "1000012", "refused"),
        ("min.insync.replicas", "1", "one broker"),
        ("min.insync.replicas", "3", "one broker"),
        ("segment.ms", "604800000", "stays in Kafka"),
        ("unclean.leader.election.enable", "true", "may be lost"),
        ("retention.ms", "3600000", "are lost"),
        ("retention.bytes", "1000000", "oldest records"),
    ],
)
def test_a_difference_says_what_it_costs_and_loses_nothing_by_itself(
    setting: str, actual: str, said: str
) -> None:
    (found,) = compare(NOTIFICATIONS, replicated(NOTIFICATIONS, 3) | {setting: actual}, 3, 3)
    assert (found.setting, found.loses, found.repairable) == (setting, False, True)
    assert said in str(found)


@pytest.mark.parametrize("topic", ALL_TOPICS, ids=lambda topic: topic.name)
def test_every_other_cleanup_loses_records(topic: Topic) -> None:
    """INV-11."""
    for policy in {"delete", "compact", "compact,delete"} - {topic.cleanup.value}:
        found = compare(topic, topic.config() | {"cleanup.policy": policy}, 1, 1)
        assert [difference.loses for difference in found if difference.setting == "cleanup.policy"] == [True]


def test_better_than_asked_for_is_no_difference_and_replicas_are_not_altered() -> None:
    better = {"max.message.bytes": "99999999", "segment.ms": "1000"}
    assert compare(MESSAGES, MESSAGES.config() | better, 3, 1) == []
    (replicas,) = compare(MESSAGES, replicated(MESSAGES, 3), 1, 3)
    assert not replicas.repairable
    (replicas,) = compare(MESSAGES, MESSAGES.config() | {"min.insync.replicas": "1"}, 1, 3)
    assert not replicas.repairable, "with one replica, Kafka 3.6 would need two in sync for each record"
    assert MESSAGES.cleanup is Cleanup.COMPACT
