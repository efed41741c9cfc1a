"""A cluster is only tested by `make test-cluster`, because it takes three brokers and two minutes."""

import os
from collections.abc import AsyncIterator

import pytest

from mailtide_devkit.local.kafka_cluster import KafkaCluster

collect_ignore = (
    [] if os.environ.get("MAILTIDE_CLUSTER") else ["test_brokers_fail.py", "test_topics_in_outages.py"]
)


@pytest.fixture(scope="session")
async def cluster() -> AsyncIterator[KafkaCluster]:
    async with KafkaCluster() as running:
        yield running
