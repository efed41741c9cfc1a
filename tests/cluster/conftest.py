"""A cluster is only tested by `make test-cluster`, because it takes three brokers and two minutes."""

import os
from collections.abc import AsyncIterator

import pytest

from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_devkit.local.kafka_cluster import KafkaCluster
from mailtide_devkit.local.waiting import until

IN_SYNC_SECONDS = 120

collect_ignore = (
    [] if os.environ.get("MAILTIDE_CLUSTER") else ["test_brokers_fail.py", "test_topics_in_outages.py"]
)


@pytest.fixture(scope="session")
async def cluster() -> AsyncIterator[KafkaCluster]:
    async with KafkaCluster() as running:
        yield running


@pytest.fixture(autouse=True)
async def all_in_sync(cluster: KafkaCluster) -> None:
    """All replicas have caught up since the last test, so that two stay in sync in a test that ends one broker."""
    async with admin_client(Brokers.plain(cluster.bootstrap_servers)) as admin:

        async def in_sync() -> bool:
            topics = await admin.describe_topics()
            return all(set(p["isr"]) == set(p["replicas"]) for topic in topics for p in topic["partitions"])

        await until(in_sync, seconds=IN_SYNC_SECONDS, what="all replicas are in sync", every=0.2)
