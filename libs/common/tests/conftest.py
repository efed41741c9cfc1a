"""Gives each test of consumers its own topic on a real Kafka."""

from collections.abc import AsyncIterator

import pytest

from mailtide_common.contracts.topics import Topic
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.settings import KafkaSettings
from mailtide_devkit.local.kafka import Kafka
from mailtide_harness.consumers import a_topic, create


@pytest.fixture
async def settings(kafka: Kafka) -> KafkaSettings:
    settings = KafkaSettings(kafka_bootstrap_servers=kafka.bootstrap_servers)
    await ensure_topics(settings.brokers, settings.mailtide_topic_partitions)
    return settings


@pytest.fixture
async def topic(settings: KafkaSettings) -> Topic:
    topic = a_topic()
    await create(settings, topic)
    return topic


@pytest.fixture
async def publisher(settings: KafkaSettings) -> AsyncIterator[Publisher]:
    async with Publisher(settings.brokers, source="test") as publisher:
        yield publisher
