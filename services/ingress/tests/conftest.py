"""Shared by the ingress' tests on a real Kafka."""

import pytest

from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_devkit.local.kafka import Kafka
from mailtide_harness.servers.ingress_process import PARTITIONS


@pytest.fixture(name="ready_kafka")
async def kafka_with_topics(kafka: Kafka) -> Kafka:
    await ensure_topics(Brokers.plain(kafka.bootstrap_servers), PARTITIONS)
    return kafka
