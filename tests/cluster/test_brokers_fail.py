"""A cluster of three brokers, of which one or two fail: what was answered with 200 becomes a row."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.kafka_cluster import KafkaCluster
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_harness.drills.accepted_webhooks import accepted_are_rows, delivered, trickle_into_all
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

pytestmark = [pytest.mark.e2e, pytest.mark.fault]


@pytest.fixture(scope="module")
async def stack(cluster: KafkaCluster) -> AsyncIterator[Stack]:
    """Two of every service that scales, on the cluster; topics have three replicas, of which two must be in sync."""
    options = StackOptions(
        services={"ingress": 1, "scheduler": 1, "sync-worker": 2, "persister": 2},
        environment={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": cluster.bootstrap_servers},
        env={"MAILTIDE_PROOF_AFTER_SECONDS": "never"},
        simulator_arguments=("--retry-delays", "0.5,1,2,3,4,4,4,4,4,4,4"),
    )
    async with Stack(options) as running:
        yield running


@pytest.fixture(scope="module")
async def admin(stack: Stack) -> AsyncIterator[SimulatorAdmin]:
    async with SimulatorAdmin(stack.nylas_api_uri) as admin:
        yield admin


@pytest.fixture(scope="module")
async def grants(stack: Stack, admin: SimulatorAdmin) -> list[str]:
    return await user_actions.connect_all(stack, admin)


@pytest.mark.parametrize(("fault", "node"), [("kill", 1), ("kill", 2), ("kill", 3), ("freeze", 1)])
async def test_one_broker_fails(
    cluster: KafkaCluster, stack: Stack, admin: SimulatorAdmin, grants: list[str], *, fault: str, node: int
) -> None:
    """Webhooks are accepted and stored while a broker is unavailable, whichever it is; no service ends (INV-1)."""
    services = {name: stack.process(name).pid for name in stack.options.services}
    await admin.reset_deliveries()
    delivering = await trickle_into_all(admin, 100)
    await until(lambda: delivered(admin, 50), what="webhooks flow", every=0.05)
    broker = cluster.brokers[node]
    if fault == "kill":
        await broker.kill()
    else:
        broker.freeze()
    try:
        await asyncio.gather(*delivering)
        assert await admin.wait_idle(90)
        assert await accepted_are_rows(stack, admin) >= 300
    finally:
        if fault == "kill":
            await broker.start()
        else:
            broker.thaw()
    await user_actions.cron(stack)
    await user_actions.equal(stack.database_url, admin, grants, seconds=90)
    assert services == {name: stack.process(name).pid for name in services}, "a service ended"


async def test_two_brokers_fail(
    cluster: KafkaCluster, stack: Stack, admin: SimulatorAdmin, grants: list[str]
) -> None:
    """No webhook is answered with 200 while one replica is left; each is delivered again afterwards (INV-1)."""
    await admin.reset_deliveries()
    await asyncio.gather(cluster.brokers[1].kill(), cluster.brokers[2].kill())
    try:
        await asyncio.gather(*await trickle_into_all(admin, 20))
        await until(lambda: refused(admin, 60), what="each webhook was refused once")
        assert not await admin.deliveries(after=0, outcome="delivered")
    finally:
        await asyncio.gather(cluster.brokers[1].start(), cluster.brokers[2].start())
    assert await admin.wait_idle(120)
    assert await accepted_are_rows(stack, admin) == 60
    await user_actions.equal(stack.database_url, admin, grants, seconds=90)


async def refused(admin: SimulatorAdmin, messages: int) -> bool:
    """Return whether a delivery of so many messages was tried, and answered by something else than 200."""
    tried = {d.object_id for d in await admin.deliveries(after=0) if d.outcome != "delivered"}
    return len(tried) == messages
