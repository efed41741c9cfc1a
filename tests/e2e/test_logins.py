"""Every service works over TLS with its login in deploy/k8s/components/strimzi, which may do no more."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.stages import STAGES
from mailtide_common.contracts.topics import ALL_TOPICS, MESSAGES, NOTIFICATIONS
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.group_lag import measure_lag
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import last_written
from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.arrivals import Arrivals
from mailtide_devkit.generate.strimzi import LOGINS, SEES_GROUPS, joins_groups, operations
from mailtide_devkit.local.secured_kafka import SecuredKafka
from mailtide_devkit.local.waiting import LATE_SECONDS
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
async def kafka() -> AsyncIterator[SecuredKafka]:
    async with SecuredKafka(LOGINS) as kafka:
        for user in LOGINS:
            allowed = {topic.name: operations(user, topic) for topic in ALL_TOPICS}
            groups = [f"{user}."] if joins_groups(user) else []
            await kafka.allow(user, allowed, groups, sees_groups=user in SEES_GROUPS)
        yield kafka


@pytest.fixture(scope="module")
async def stack(kafka: SecuredKafka) -> AsyncIterator[Stack]:
    """The operator creates the topics through the open listener; each service has its own login."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka.open.bootstrap_servers)
        options = StackOptions(own_env={user: kafka.environment(user) for user in LOGINS if user != "cli"})
        async with Stack(options) as running:
            yield running


async def test_everything_works_and_nothing_is_refused(stack: Stack, kafka: SecuredKafka) -> None:
    """INV-30."""
    async with SimulatorAdmin(stack.nylas_api_uri) as admin, Arrivals(stack.database_url) as arrivals:
        grants = await user_actions.connect_all(stack, admin)
        boxes = await admin.mailboxes()
        expected = {id_ for box in boxes for id_ in await admin.deliver(box.email, 10)}
        assert await arrivals.wait_for(expected, seconds=LATE_SECONDS) == set()
        fault = await admin.fault("drop", trigger="message.created")
        await admin.deliver(boxes[0].email, 3)
        await admin.wait_idle()
        await admin.clear_faults(fault)
        assert (await user_actions.cron(stack))["success"] is True
        report = await user_actions.audit(stack, await account_of(stack, grants[0]))
        assert report["proven"] is True, report
        await user_actions.equal(stack.database_url, admin, grants)
        await truncate(stack)
        await stack.run("replay", env=kafka.environment("cli"))
        await user_actions.equal(stack.database_url, admin, grants)
    for name in ("ingress", "scheduler", "sync-worker", "persister", "notifier"):
        assert "Authorization" not in stack.process(name).tail(10_000), name


async def test_the_scheduler_may_look_when_notifications_last_came(stack: Stack, kafka: SecuredKafka) -> None:
    """It reads that time only when mail arrives without notifications."""
    assert stack.process("scheduler").running
    assert await last_written(kafka.brokers("scheduler"), NOTIFICATIONS) is not None


async def test_the_scheduler_may_measure_all_groups(kafka: SecuredKafka) -> None:
    measured = await measure_lag(kafka.brokers("scheduler"), STAGES)
    running = [lag for lag in measured if lag.stage.service != "notifier"]
    assert running
    assert all(lag.members for lag in running)


async def test_the_ingress_cannot_write_mail(stack: Stack, kafka: SecuredKafka) -> None:
    """INV-30."""
    assert stack.process("ingress").running
    async with Publisher(kafka.brokers("ingress"), source="test") as publisher:
        with pytest.raises(TransientError):
            await publisher.send(MESSAGES, Encoded(key=b"k", value=b"v", headers=[]), timeout=3)


async def account_of(stack: Stack, grant: str) -> str:
    connection = await asyncpg.connect(stack.database_url)
    try:
        return str(
            await connection.fetchval("SELECT id FROM email_accounts WHERE nylas_grant_id = $1", grant)
        )
    finally:
        await connection.close()


async def truncate(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.database_url)
    try:
        await connection.execute(
            "TRUNCATE email_attachments, email_folders, email_threads, emails, email_accounts"
        )
    finally:
        await connection.close()
