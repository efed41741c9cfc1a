"""Operators' tasks: rotating the webhook secret, pausing, and purging a person."""

import json
import time
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.keys import account_uuid, part
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES, NOTIFICATIONS
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.arrivals import Arrivals
from mailtide_devkit.local.waiting import LATE_SECONDS, until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_nylas_simulator.testing.client import SimulatorAdmin

pytestmark = pytest.mark.e2e

TEN_MINUTES_GO_BY = "UPDATE unannounced_mail SET found_at = found_at - 600000000"


@pytest.fixture(scope="module")
async def stack() -> AsyncIterator[Stack]:
    """No audits follow the first backfills: they would find the mail by which deltas detect a lost secret."""
    async with Stack(StackOptions(env={"MAILTIDE_PROOF_AFTER_SECONDS": "never"})) as running:
        yield running


@pytest.fixture(scope="module")
async def grants(stack: Stack, admin: SimulatorAdmin) -> list[str]:
    return await user_actions.connect_all(stack, admin)


async def test_rotating_the_secret_refuses_no_webhook(
    stack: Stack, admin: SimulatorAdmin, grants: list[str]
) -> None:
    assert grants
    before = (await admin.webhooks())[0]["webhook_secret"]
    await stack.run("webhooks", "rotate-secret", "--json")
    assert (await admin.webhooks())[0]["webhook_secret"] != before
    async with Arrivals(stack.database_url) as arrivals:
        fault = await admin.fault("old_secret", remaining=1)
        ids = {*await admin.deliver((await admin.mailboxes())[0].email, 5)}
        assert await arrivals.wait_for(ids, seconds=LATE_SECONDS) == set()
        await admin.clear_faults(fault)


async def test_a_secret_replaced_by_hand_is_noticed_and_replaced(
    stack: Stack, admin: SimulatorAdmin, grants: list[str]
) -> None:
    """Every delivery is refused, and Nylas does not repeat a 401; what deltas have to find gives it away.

    INV-9.
    """
    box = (await admin.mailboxes())[0]
    async with httpx.AsyncClient(base_url=stack.nylas_api_uri, trust_env=False) as nylas:
        (hook,) = await admin.webhooks()
        key = {"Authorization": f"Bearer {stack.settings['NYLAS_API_KEY']}"}
        answer = await nylas.post(f"/v3/webhooks/rotate-secret/{hook['id']}", headers=key)
        by_hand = answer.json()["data"]["webhook_secret"]
    await forget_notifications(stack)
    connection = await asyncpg.connect(stack.database_url)
    try:
        for _ in range(2):
            await admin.deliver_messages(box.email, [{"date": int(time.time()) - 400}] * 2)
            await admin.wait_idle()
            await user_actions.cron(stack)
            await user_actions.equal(stack.database_url, admin, grants)
            await connection.execute(TEN_MINUTES_GO_BY)

        async def replaced() -> bool:
            hooks = await admin.webhooks()
            return bool(hooks[0]["webhook_secret"] not in {hook["webhook_secret"], by_hand})

        await until(replaced, what="the secret is replaced")
        async with Arrivals(stack.database_url) as arrivals:
            ids = {*await admin.deliver(box.email, 3)}
            assert await arrivals.wait_for(ids, seconds=LATE_SECONDS) == set()

        async def told() -> bool:
            rows = await connection.fetch("SELECT kind FROM incidents WHERE alerted_at IS NOT NULL")
            return {row["kind"] for row in rows} >= {"webhook-silent", "webhook-restored"}

        await until(told, what="people are told that it was silent, and is no more")
    finally:
        await connection.close()


async def test_two_users_of_one_mailbox_both_see_it(
    stack: Stack, admin: SimulatorAdmin, grants: list[str]
) -> None:
    """The README's query, for each of them; then the first one's connection is removed."""
    assert grants
    box = (await admin.mailboxes())[0]
    assert (await user_actions.connect(stack, box.provider, user_id="second")).status_code == 303
    account = account_uuid(box.grant_id or "")
    connection = await asyncpg.connect(stack.database_url)
    readme = (
        "SELECT count(*) FROM email_account_users u JOIN email_accounts a ON a.id = u.account_id "
        "JOIN emails e ON e.account_id = a.id WHERE u.user_id = $1 AND e.deleted_at IS NULL"
    )

    async def seen(user: str) -> int:
        return int(await connection.fetchval(readme, user))

    try:

        async def both() -> bool:
            return await seen("second") == await seen("user-0") > 0

        await until(both, what="both users see the mailbox")
        assert (
            await connection.fetchval("SELECT user_id FROM email_accounts WHERE id = $1", account) == "user-0"
        )
        await user_actions.api(stack, "DELETE", f"/api/accounts/{account}?user_id=user-0")

        async def one() -> bool:
            return await seen("user-0") == 0 < await seen("second")

        await until(one, what="only the second user sees the mailbox")
        shown = await user_actions.api(stack, "GET", f"/api/accounts/{account}")
        assert (shown["status"], shown["user_id"], shown["users"]) == ("active", "second", ["second"])
    finally:
        await connection.close()


async def test_a_paused_account_makes_no_calls_and_resume_finds_what_it_missed(
    stack: Stack, admin: SimulatorAdmin, grants: list[str]
) -> None:
    box = (await admin.mailboxes())[1]
    account = str(account_uuid(box.grant_id or ""))
    await user_actions.api(stack, "POST", f"/api/accounts/{account}/pause")
    fault = await admin.fault("drop", trigger="message.created")
    await admin.deliver(box.email, 4)
    await admin.clear_faults(fault)
    await admin.reset_calls()
    report = await user_actions.cron(stack)
    assert box.email not in {detail["email"] for detail in report["details"]}
    assert box.grant_id not in (await admin.calls())["grants"]
    await user_actions.api(stack, "POST", f"/api/accounts/{account}/resume")
    await user_actions.equal(stack.database_url, admin, grants)


async def test_a_purge_leaves_tombstones_no_rows_and_no_word_of_the_person(
    stack: Stack, admin: SimulatorAdmin, grants: list[str]
) -> None:
    """In no column of any table, in no run's report, in no service's log; the topics: test_purge_in_kafka.py.

    INV-23.
    """
    box = (await admin.mailboxes())[2]
    grant = box.grant_id or ""
    assert grant in grants
    account = account_uuid(grant)
    run = (await user_actions.cron(stack))["run_id"]
    subject = await one(stack, "SELECT max(subject) FROM emails WHERE account_id = $1", account)
    await park(stack, grant, box.email)
    words = (grant, box.email, subject)

    async def parked() -> bool:
        return "dead_letters.value" in await holding(stack, grant)

    await until(parked, what="a letter of the person is parked")
    assert {"emails.subject", "sync_run_accounts.email_address", "sync_tasks.grant_id"} <= await holding(
        stack, *words
    )
    await user_actions.api(stack, "DELETE", f"/api/accounts/{account}?purge=true")

    async def gone() -> bool:
        return await purged(stack, grant) and not await holding(stack, *words)

    await until(gone, what="the person is gone from Kafka and Postgres")
    await admin.deliver(box.email, 3)
    await admin.wait_idle()
    await user_actions.cron(stack)
    await until(gone, what="what Nylas told after the purge is gone too")
    report = await user_actions.api(stack, "GET", f"/api/runs/{run}")
    assert not [word for word in words if word in json.dumps(report)]
    assert str(account) in {detail["email"] for detail in report["details"]}
    for name in ("ingress", "scheduler", "sync-worker", "persister"):
        log = stack.process(name).tail(100_000)
        assert not [word for word in words if word in log], name


async def one(stack: Stack, query: str, *arguments: object) -> str:
    connection = await asyncpg.connect(stack.database_url)
    try:
        return str(await connection.fetchval(query, *arguments))
    finally:
        await connection.close()


async def park(stack: Stack, grant: str, address: str) -> None:
    """Send a notification of the person that cannot be read."""
    async with Publisher(Brokers.plain(stack.kafka.bootstrap_servers), source="test") as publisher:
        await publisher.send(NOTIFICATIONS, Encoded(grant.encode(), f"{{{grant} {address}".encode(), []))


async def holding(stack: Stack, *words: str) -> set[str]:
    """Return every column of every table that contains one of the words, whatever its type."""
    connection = await asyncpg.connect(stack.database_url)
    try:
        columns = await connection.fetch(
            "SELECT table_name AS t, column_name AS c, data_type = 'bytea' AS bytes FROM information_schema.columns "
            "WHERE table_schema = 'public'"
        )
        found = set()
        for t, c, is_bytes in columns:
            text = f"encode(\"{c}\", 'escape')" if is_bytes else f'"{c}"::text'
            query = (
                f'SELECT EXISTS (SELECT FROM "{t}", unnest($1::text[]) AS w WHERE position(w IN {text}) > 0)'  # noqa: S608
            )
            if await connection.fetchval(query, list(words)):
                found.add(f"{t}.{c}")
        return found
    finally:
        await connection.close()


async def purged(stack: Stack, grant: str) -> bool:
    last: dict[bytes, bytes | None] = {}
    for topic in (MESSAGES, FOLDERS, ACCOUNTS):
        async for chunk in read_to_end(Brokers.plain(stack.kafka.bootstrap_servers), topic):
            for record in chunk.records:
                if (record.key or b"").split(b"/")[0] == part(grant).encode():
                    last[record.key or b""] = record.value
    return bool(last) and set(last.values()) == {None}


async def forget_notifications(stack: Stack) -> None:
    """Make the last notification two weeks old."""
    async with admin_client(Brokers.plain(stack.kafka.bootstrap_servers)) as admin:
        (topic,) = await admin.describe_topics([NOTIFICATIONS.name])
        numbers = [partition["partition"] for partition in topic["partitions"]]
        everything = RecordsToDelete(before_offset=-1)
        await admin.delete_records({TopicPartition(NOTIFICATIONS.name, n): everything for n in numbers})
