"""Disorder, repetition, replay and kills: the database still equals the mailboxes."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from mailtide_common.contracts.events import WebhookSecret
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.crypto import SecretBox
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.stopping import STOP_SECONDS
from mailtide_devkit.demo import user_actions
from mailtide_devkit.local.waiting import until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_harness.drills.accepted_webhooks import accepted_are_rows, delivered, trickle_into_all
from mailtide_harness.mail_tables import MAIL_TABLES, settled_checksum
from mailtide_nylas import NylasClient
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

pytestmark = [pytest.mark.e2e, pytest.mark.fault]

IDLE_SECONDS = 180
"""A killed broker needs a minute to start again beside the other tests on a slow machine."""

TRIGGERS = ("message.created", "message.updated", "message.deleted")


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    """Two ingresses and two persisters; killed processes are restarted. No audit changes a row meanwhile."""
    services = {"ingress": 2, "scheduler": 1, "sync-worker": 2, "persister": 2}
    env = {"MAILTIDE_SESSION_TIMEOUT_MS": "6000", "MAILTIDE_PROOF_AFTER_SECONDS": "never"}
    options = StackOptions(
        services=services, env=env, auto_restart=True, simulator_arguments=("--retry-delays", "0.5,3")
    )
    async with Stack(options) as running:
        yield running


@pytest.fixture(scope="module")
async def grants(stack: Stack, admin: SimulatorAdmin) -> list[str]:
    """Three connected, filled mailboxes."""
    return await user_actions.connect_all(stack, admin)


@pytest.fixture(scope="module")
async def second_destination(stack: Stack, grants: list[str]) -> str:
    """A destination at the other ingress, so that every event arrives through both."""
    assert grants
    settings = stack.settings
    async with NylasClient(
        stack.nylas_api_uri, settings["NYLAS_API_KEY"], settings["NYLAS_CLIENT_ID"]
    ) as nylas:
        created = await nylas.create_webhook(f"{stack.url('ingress-2')}{user_actions.WEBHOOKS}", TRIGGERS)
    sealed = SecretBox(settings["SECRET_KEY"]).encrypt(created.webhook_secret.get_secret_value())
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="test") as publisher:
        await publisher.publish(
            WebhookSecret(destination_id=created.id, status="current", ciphertext=sealed, changed_at=now_us())
        )
    return created.id


async def test_repeated_and_shuffled_events_over_two_of_everything(
    stack: Stack, admin: SimulatorAdmin, grants: list[str], second_destination: str
) -> None:
    """Every event 2 to 10 times, in random order, while flags change many times within one second."""
    assert second_destination
    for times in range(1, 5):
        await admin.fault("duplicate", probability=0.5, times=times)
    await admin.fault("shuffle", seconds=2)
    await admin.fault("compress", probability=0.3)
    boxes = [box.email for box in await admin.mailboxes()]
    for _ in range(6):
        for email in boxes:
            new = await admin.deliver(email, 5)
            for action in ("read", "star", "unread", "move", "unstar"):
                await admin.mutate(email, action, ids=new[:2])
            await admin.mutate(email, "delete", ids=new[:1])
    assert await admin.wait_idle(IDLE_SECONDS)
    await admin.clear_faults()
    sent = await admin.deliveries(after=0)
    assert {delivery.outcome for delivery in sent} == {"delivered"}
    assert len(sent) > 1_000
    await user_actions.equal(stack.database_url, admin, grants)


async def test_replay_gives_the_same_rows_without_asking_nylas(
    stack: Stack, admin: SimulatorAdmin, grants: list[str]
) -> None:
    """INV-12."""
    assert grants
    before = await settled_checksum(stack.database_url)
    connection = await asyncpg.connect(stack.database_url)
    try:
        # a message that was deleted right after it arrived is requested again a minute later, replay or not
        await connection.execute("DELETE FROM sync_tasks WHERE state <> 'done'")
        await connection.execute(f"TRUNCATE {', '.join(MAIL_TABLES)}")
    finally:
        await connection.close()
    await admin.reset_calls()
    await stack.run("replay", "--json")
    assert await user_actions.checksum(stack.database_url) == before
    calls = await admin.calls()
    # the scheduler checks the webhook destination once a minute; that concerns no grant
    assert calls["grants"].keys() <= {"-"}, calls


@pytest.mark.parametrize("victim", ["ingress", "sync-worker", "persister", "scheduler", "kafka", "postgres"])
async def test_kill_9_loses_nothing_that_was_answered_with_200(
    stack: Stack, admin: SimulatorAdmin, grants: list[str], victim: str
) -> None:
    """1,000 webhooks arrive while the process is killed; the supervisor starts it again (INV-1)."""
    bystanders = {name: stack.process(name).pid for name in stack.options.services if name != victim}
    await admin.reset_deliveries()
    delivering = await trickle_into_all(admin, 200)
    await until(lambda: delivered(admin, 150), what="webhooks flow", every=0.1)
    await stack.kill(victim)
    await asyncio.gather(*delivering)
    assert await admin.wait_idle(IDLE_SECONDS)
    assert await accepted_are_rows(stack, admin) > 300
    await user_actions.cron(stack)
    await user_actions.equal(stack.database_url, admin, grants, seconds=90)
    assert bystanders == {name: stack.process(name).pid for name in bystanders}, "a service ended too"


@pytest.mark.usefixtures("grants")
async def test_a_frozen_broker_holds_up_no_stop(stack: Stack, admin: SimulatorAdmin) -> None:
    """Every service ends within its budget, in good order, and nothing is lost that was answered with 200.

    INV-35.
    """
    await admin.reset_deliveries()
    delivering = await trickle_into_all(admin, 100)
    await until(lambda: delivered(admin, 50), what="webhooks flow", every=0.05)
    stack.freeze("kafka")
    seconds: dict[str, float] = {}

    async def stop(name: str) -> None:
        began = time.monotonic()
        await stack.supervisor.stop(name)
        seconds[name] = time.monotonic() - began

    names = ("ingress", "scheduler", "sync-worker", "persister")
    processes = {name: stack.process(name) for name in names}
    await asyncio.gather(*map(stop, names))
    stack.thaw("kafka")
    print(f"stopped after {seconds}")  # noqa: T201 - shown when it fails
    assert {name: process.returncode for name, process in processes.items()} == dict.fromkeys(names, 0)
    assert max(seconds.values()) < STOP_SECONDS
    await stack.supervisor.start({name: stack.service(name) for name in names})
    await asyncio.gather(*delivering)
    assert await admin.wait_idle(IDLE_SECONDS)
    await accepted_are_rows(stack, admin)
