"""Topics of a cluster while brokers are down: what is checked, repaired and created then lasts when they are back."""

import asyncio

import pytest
from structlog.testing import capture_logs

from mailtide_common.contracts.topics import DEAD_LETTERS
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.reader import TopicFollower
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.kafka_cluster import KafkaCluster
from mailtide_devkit.local.waiting import until
from mailtide_doctor.checks.kafka import check_brokers, check_topics

PARTITIONS = 12

pytestmark = [pytest.mark.real, pytest.mark.fault]


@pytest.fixture(scope="module")
async def brokers(cluster: KafkaCluster) -> Brokers:
    """Three brokers, on which all topics exist."""
    found = Brokers.plain(cluster.bootstrap_servers)
    assert (await ensure_topics(found, PARTITIONS)).checked.differences == ()
    return found


async def test_a_repair_while_a_broker_is_down_keeps_what_an_acknowledged_record_needs(
    cluster: KafkaCluster, brokers: Brokers
) -> None:
    await kill(cluster, 3)
    try:
        ensured = await ensure_topics(brokers, PARTITIONS, repair=True)
        assert (ensured.repaired, ensured.checked.differences) == ((), ())
        assert ensured.replication == 3
        (down,) = await check_brokers(brokers)
        assert (down.what, down.fix) == (
            "broker 3 is down",
            (
                "start each broker that is down (its log shows why it ended), or let this host reach it; reassign "
                "the partitions of a removed one"
            ),
        )
        assert await check_topics(brokers, PARTITIONS) == []
    finally:
        await cluster.brokers[3].start()


async def test_a_topic_is_not_created_with_fewer_replicas_while_a_broker_is_down(
    cluster: KafkaCluster, brokers: Brokers
) -> None:
    async with admin_client(brokers) as admin:
        await admin.delete_topics([DEAD_LETTERS.name])
    await kill(cluster, 1)
    try:
        with pytest.raises(TransientError, match="broker 1 is down"):
            await ensure_topics(brokers, PARTITIONS)
    finally:
        await cluster.brokers[1].start()
    ensured = await ensure_topics(brokers, PARTITIONS)
    assert (ensured.created, ensured.checked.differences) == ((DEAD_LETTERS.name,), ())


async def test_the_doctor_names_topics_that_take_no_records(cluster: KafkaCluster, brokers: Brokers) -> None:
    """Without a majority of controllers, the last broker still lists one that is down, with a replica in sync."""
    await kill(cluster, 2)
    await cluster.brokers[3].kill()
    try:
        findings = await check_topics(brokers, PARTITIONS)
        assert [(each.severity, each.what) for each in findings] == [
            ("error", "10 topics take no records: too few replicas of a partition are in sync")
        ]
        assert [each.what for each in await check_brokers(brokers)] == ["brokers 2, 3 are down"]
    finally:
        await asyncio.gather(cluster.brokers[2].start(), cluster.brokers[3].start())


async def test_requests_that_any_broker_answers_avoid_one_that_is_down(
    cluster: KafkaCluster, brokers: Brokers
) -> None:
    """Also before the others have noticed."""
    await cluster.brokers[3].kill()
    try:
        async with admin_client(brokers) as admin:
            described = [await admin.describe_cluster() for _ in range(20)]
        assert len(described[0]["brokers"]) == 3
    finally:
        await cluster.brokers[3].start()


async def test_a_reader_closes_while_its_fetches_fail(
    cluster: KafkaCluster, brokers: Brokers, caplog: pytest.LogCaptureFixture
) -> None:
    """Aiokafka's consumer raises a CancelledError then; the caller goes on."""
    follower = TopicFollower(brokers, DEAD_LETTERS, lambda _: None)
    await follower.start()
    polling = asyncio.create_task(follower.follow(timeout_ms=10_000))
    await cluster.brokers[1].kill()
    try:
        await until(lambda: said(caplog, "Failed fetch messages"), what="a fetch fails", every=0.01)
        with capture_logs() as logs:
            await follower.stop()
        assert [each["event"] for each in logs] == ["close_cancelled"]
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)
        await cluster.brokers[1].start()


async def said(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return text in caplog.text


async def kill(cluster: KafkaCluster, node: int) -> None:
    """Kill a broker, and wait until the others have noticed."""
    await cluster.brokers[node].kill()
    alive = next(broker for broker in cluster.brokers.values() if broker.process.running)
    await until(lambda: _alone(alive, node), what=f"broker {node} is known to be down", every=0.2)


async def _alone(alive: Kafka, node: int) -> bool:
    async with admin_client(Brokers.plain(alive.bootstrap_servers)) as admin:
        described = await admin.describe_cluster()
    return node not in {broker["node_id"] for broker in described["brokers"]}
