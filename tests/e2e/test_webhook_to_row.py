"""The main path through the whole stack: connect, backfill, live mail, changes, cron."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from mailtide_common.contracts.events import (
    MessageContent,
    MessageState,
    SyncFinished,
    SyncRequested,
    SyncWanted,
)
from mailtide_common.contracts.topics import MESSAGES, NOTIFICATIONS, SYNC_EVENTS, SYNC_REQUESTS
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_devkit.demo import user_actions
from mailtide_devkit.demo.arrivals import Arrivals
from mailtide_devkit.generate.alerts import ALERTS
from mailtide_devkit.generate.dashboards.every import DASHBOARDS
from mailtide_devkit.generate.dashboards.queries import WEBHOOK_TO_COMMIT
from mailtide_devkit.local.waiting import LATE_SECONDS, until
from mailtide_devkit.stack.stack import Stack, StackOptions
from mailtide_harness.servers.otlp import Collector, Seen
from mailtide_harness.servers.programs import of_prometheus
from mailtide_harness.servers.prometheus import Prometheus, queries_of
from mailtide_nylas_simulator.testing.client import MailboxInfo, SimulatorAdmin

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture(scope="module")
async def stack(collector: Collector) -> AsyncIterator[Stack]:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    async with Stack(StackOptions(env=env)) as stack:
        yield stack


@pytest.fixture(scope="module")
async def connected(stack: Stack, admin: SimulatorAdmin) -> list[MailboxInfo]:
    """The three seeded mailboxes, connected through OAuth and filled."""
    await user_actions.connect_all(stack, admin)
    return await admin.mailboxes()


INGRESS = ("POST /api/webhooks/nylas", "send mail.notifications.v1", "process mail.notifications.v1")
STATE_WAY = (*INGRESS, "send mail.messages.v1", "process mail.messages.v1")
FETCH_WAY = (
    *INGRESS,
    "send mail.sync-events.v1",
    "process mail.sync-events.v1",
    "send mail.sync-requests.v1",
    "process mail.sync-requests.v1",
    "GET /v3/grants/{grant_id}/messages/{message_id}",
)


def ways(spans: list[Seen]) -> set[tuple[str, ...]]:
    """The names of spans from a root to each span."""
    by_id = {span.id: span for span in spans}

    def way(span: Seen | None) -> tuple[str, ...]:
        return () if span is None else (*way(by_id.get(span.parent)), span.name)

    return {way(span) for span in spans}


def grants(boxes: list[MailboxInfo]) -> list[str]:
    return [box.grant_id for box in boxes if box.grant_id is not None]


async def test_connected_accounts_are_filled_and_say_whose_they_are(
    stack: Stack, connected: list[MailboxInfo]
) -> None:
    """The query of an existing application works unchanged."""
    query = """
        SELECT email_address, status, last_sync_at, nylas_grant_id, user_id, webhook_subscription_id
        FROM email_accounts WHERE status = 'active' AND nylas_grant_id = ANY($1) ORDER BY user_id
    """
    connection = await asyncpg.connect(stack.database_url)

    async def complete() -> bool:
        rows = await connection.fetch(query, grants(connected))
        return [row["email_address"] for row in rows] == [box.email for box in connected] and all(
            row["last_sync_at"] and row["webhook_subscription_id"] for row in rows
        )

    try:
        await until(complete, what="the accounts say all about themselves")
        folders = await connection.fetchval("SELECT count(DISTINCT account_id) FROM email_folders")
    finally:
        await connection.close()
    assert folders >= len(connected)


async def test_live_mail_and_every_change_become_rows(
    stack: Stack, admin: SimulatorAdmin, connected: list[MailboxInfo]
) -> None:
    async with Arrivals(stack.database_url) as arrivals:
        ids: set[str] = set()
        for box in connected:
            ids |= set(await admin.deliver(box.email, 10))
            ids |= set(await admin.deliver(box.email, 1, size=1_050_000))
        assert await arrivals.wait_for(ids, seconds=LATE_SECONDS) == set()
    for box in connected:
        for action in ("read", "star", "move", "trash", "unread", "delete"):
            await admin.mutate(box.email, action, count=3)
    await user_actions.equal(stack.database_url, admin, grants(connected))


async def test_cron_finds_what_the_webhooks_missed(
    stack: Stack, admin: SimulatorAdmin, connected: list[MailboxInfo]
) -> None:
    """INV-7."""
    await _no_delta_runs(stack)  # it would find the mail before the cron round does
    fault = await admin.fault("drop", trigger="message.created")
    dropped = {box.email: await admin.deliver(box.email, 5) for box in connected}
    await admin.wait_idle()
    await admin.clear_faults(fault)
    report = await user_actions.cron(stack)
    assert report["success"] is True
    assert report["total"] == report["successful"] == len(report["details"])
    synced = {detail["email"]: detail["syncedCount"] for detail in report["details"]}
    assert {email: synced[email] for email in dropped} == dict.fromkeys(dropped, 5)
    await user_actions.equal(stack.database_url, admin, grants(connected))
    again = await user_actions.cron(stack)
    assert {d["syncedCount"] for d in again["details"] if d["email"] in dropped} == {0}


async def _no_delta_runs(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.database_url)

    async def idle() -> bool:
        return not await connection.fetchval(
            "SELECT count(*) FROM sync_tasks WHERE kind = 'delta' AND state <> 'done'"
        )

    try:
        await until(idle, what="no delta is waiting or running")
    finally:
        await connection.close()


async def test_overlapping_cron_calls_join(stack: Stack, connected: list[MailboxInfo]) -> None:
    assert connected
    reports = await asyncio.gather(*(user_actions.cron(stack) for _ in range(3)))
    assert len({report["run_id"] for report in reports}) == 1


async def test_an_expired_grant_is_noticed_once_and_the_gap_is_filled_on_return(
    stack: Stack, admin: SimulatorAdmin, connected: list[MailboxInfo]
) -> None:
    grant = grants(connected)[0]
    await admin.expire(grant)

    async def status(wanted: str) -> bool:
        connection = await asyncpg.connect(stack.database_url)
        try:
            found = await connection.fetchval(
                "SELECT status FROM email_accounts WHERE nylas_grant_id = $1", grant
            )
        finally:
            await connection.close()
        return bool(found == wanted)

    await until(lambda: status("invalid"), what="the account is invalid")
    report = await user_actions.cron(stack)
    assert connected[0].email not in {detail["email"] for detail in report["details"]}
    assert report["success"] is True
    fault = await admin.fault("drop", trigger="message.*")
    await admin.deliver(connected[0].email, 3)
    await admin.reauthenticate(grant)
    await admin.wait_idle()
    await admin.clear_faults(fault)
    await until(lambda: status("active"), what="the account is active again")
    await user_actions.equal(stack.database_url, admin, [grant])


async def test_one_trace_shows_the_whole_way_of_a_webhook(
    stack: Stack, admin: SimulatorAdmin, connected: list[MailboxInfo], collector: Collector
) -> None:
    """Over every service: for what the notification contains, and for what is fetched because it does not."""
    box, trace = connected[0], "4bf92f3577b34da6a3ce929d0e0e4736"
    connection = await asyncpg.connect(stack.database_url)
    try:
        row = await connection.fetchrow(
            "SELECT e.nylas_message_id, e.is_read, e.is_starred, e.folders FROM emails e "
            "JOIN email_accounts a ON a.id = e.account_id WHERE a.nylas_grant_id = $1 AND e.deleted_at IS NULL",
            box.grant_id,
        )
    finally:
        await connection.close()
    changed = {
        "id": row["nylas_message_id"],
        "grant_id": box.grant_id,
        "unread": not row["is_read"],
        "starred": row["is_starred"],
        "folders": row["folders"],
    }
    body = {"type": "message.updated", "id": "traced", "time": int(time.time()), "data": {"object": changed}}
    secret = (await admin.webhooks())[0]["webhook_secret"]
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    answer = await user_actions.post(stack.url("ingress"), json.dumps(body).encode(), secret, headers)
    assert answer.status_code == 200

    async def traced() -> bool:
        found = set()
        for topic in (NOTIFICATIONS, MESSAGES, SYNC_EVENTS, SYNC_REQUESTS):
            async for chunk in read_to_end(Brokers.plain(stack.kafka.bootstrap_servers), topic):
                found |= {r.header("type") for r in chunk.records if trace in (r.header("traceparent") or "")}
        return found == {
            "mail.notification.v1",
            MessageState.type,
            SyncWanted.type,
            SyncRequested.type,
            MessageContent.type,
            SyncFinished.type,
        }

    await until(traced, what="every event that the webhook caused has its trace")

    async def exported() -> bool:
        return ways(collector.of_trace(trace)) >= {STATE_WAY, FETCH_WAY}

    await until(exported, what="the collector has the spans of both ways")
    assert "@" not in repr(collector.spans), "no address, no mail"


async def test_every_query_of_the_dashboards_has_data(
    stack: Stack, admin: SimulatorAdmin, connected: list[MailboxInfo], tmp_path: Path
) -> None:
    queries = {query.expression for board in DASHBOARDS.values() for query in queries_of(board())}
    async with Prometheus(of_prometheus("prometheus"), stack, tmp_path, ROOT / ALERTS) as prometheus:
        for box in connected:
            await admin.deliver(box.email, 3)
        await user_actions.cron(stack)
        assert await prometheus.without_data(queries, seconds=LATE_SECONDS) == set()
        assert await prometheus.without_data({"mailtide_unknown"}, seconds=0) == {"mailtide_unknown"}
        (seconds,) = await prometheus.ask(f"{WEBHOOK_TO_COMMIT}_sum / {WEBHOOK_TO_COMMIT}_count")
        assert 0 < seconds < 10
