"""A set-up with deliberate faults: each is named, with its consequence and its fix."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from mailtide_common.contracts.api.doctor import DoctorReport, Finding, Severity
from mailtide_common.contracts.topics import MESSAGES, NOTIFICATIONS, PURGES, SYNC_EVENTS
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.postgres import create_pool
from mailtide_doctor.checks.accounts import check_lag
from mailtide_doctor.checks.finding import error
from mailtide_doctor.checks.incidents import check_channels
from mailtide_doctor.checks.nylas import judge_application, judge_webhooks
from mailtide_doctor.checks.postgres import check_schema, judge_settings
from mailtide_doctor.checks.public_url import check_address
from mailtide_doctor.examine import SERVERS, Doctor, unavailable, uncancelled, unexplained
from mailtide_harness.doctor import NOWHERE, a_doctor
from mailtide_nylas import Application, NylasClient, Webhook
from mailtide_nylas.webhooks.notifications import TRIGGERS

PARTITIONS = 2
URL = "https://mail.test/api/webhooks/nylas"
NYLAS = "https://api.us.nylas.com"
GOOD = {
    "server_version_num": "150004",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "default_toast_compression": "lz4",
    "max_connections": "100",
}


def refuse(_: httpx.Request) -> httpx.Response:
    return httpx.Response(401, json={"error": {"type": "unauthorized", "message": "Unauthorized"}})


@pytest.fixture
async def pool(postgres: Any, migrated_template: str) -> AsyncIterator[asyncpg.Pool]:
    """A database of its own, because its settings are changed."""
    name = f"doctor_{secrets.token_hex(4)}"
    url = await postgres.create_database(name, migrated_template)
    admin: Any = await asyncpg.connect(url)
    await admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    await admin.execute(f"ALTER DATABASE {name} SET default_toast_compression = pglz")
    await admin.close()
    async with await create_pool(url, max_size=6, application_name="test") as pool:
        yield pool
    await postgres.drop_database(name)


@asynccontextmanager
async def kafka_admin(kafka: Any) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


def said(report: DoctorReport) -> str:
    return "\n".join(f"{each.severity} {each.check}: {each.what}" for each in report.findings)


async def test_twenty_faults_are_named(kafka: Any, pool: asyncpg.Pool) -> None:
    tag = secrets.token_hex(4)
    missing, split, short, several = (
        replace(topic, name=f"doctor-{tag}-{topic.name}")
        for topic in (MESSAGES, SYNC_EVENTS, NOTIFICATIONS, PURGES)
    )
    async with kafka_admin(kafka) as admin:
        await admin.create_topics(
            [
                NewTopic(split.name, PARTITIONS + 3, 1, topic_configs=split.config()),
                NewTopic(several.name, PARTITIONS + 3, 1, topic_configs=several.config()),
                NewTopic(
                    short.name,
                    PARTITIONS,
                    1,
                    topic_configs={**short.config(), "retention.ms": "60000", "min.insync.replicas": "2"},
                ),
            ]
        )
    newest = await pool.fetchval("SELECT revision FROM mailtide_revision")
    await pool.execute("UPDATE mailtide_revision SET revision = '0001'")
    await pool.execute(
        "INSERT INTO email_accounts (id, nylas_grant_id, status) VALUES (gen_random_uuid(), 'dead', 'invalid')"
    )
    await pool.execute(
        "INSERT INTO email_accounts (id, nylas_grant_id, status, last_sync_error) "
        "VALUES (gen_random_uuid(), 'outage', 'active', 'server error status=503')"
    )
    await pool.execute(
        "INSERT INTO account_schedules (grant_id, next_sync_at, watermark, failures) "
        "VALUES ('dead', now(), 1, 0), ('outage', now(), 1, 1)"
    )
    await pool.execute(
        "INSERT INTO pipeline_minutes SELECT at, 'persister', 'mail.messages.v1', at, 0, 5, 9, 4, at"
        " FROM (SELECT now() - interval '4 minutes') AS t (at)"
    )
    await pool.execute(
        "INSERT INTO incidents (id, kind, subject, reason, opened_at, ended_at) VALUES"
        " (gen_random_uuid(), 'clock-ahead', 'worker-1', '9 s', 1000000, NULL),"
        " (gen_random_uuid(), 'clock-ahead', 'worker-2', '8 s', 2000000, NULL),"
        " (gen_random_uuid(), 'grant-invalid', 'dead', 'told by its condition', 1, NULL),"
        " (gen_random_uuid(), 'of-a-newer-release', 'x', 'y', 3000000, NULL),"
        " (gen_random_uuid(), 'webhook-down', 'd', 'over', 1, 2)"
    )
    client = NylasClient("https://nylas.test", "wrong", "client", transport=httpx.MockTransport(refuse))
    doctor = Doctor(
        Brokers.plain(kafka.bootstrap_servers),
        PARTITIONS,
        pool,
        client,
        f"http://{NOWHERE}",
        revision=newest,
        topics=(missing, split, short, several),
        clock=lambda: now_us() + 90_000_000,
    )
    report = await doctor.examine()
    found = said(report)
    for fault in (
        f"error topics: topic {missing.name} is missing",
        f"error topics: topic {split.name} has {PARTITIONS + 3} partitions, not {PARTITIONS}",
        f"error topics: topic {several.name} has {PARTITIONS + 3} partitions, but must have 1",
        f"warning topics: topic {short.name}: retention.ms is 60000, not {14 * 86_400_000}",
        "warning brokers: Kafka has 1 broker, not 3",
        "error postgres: synchronous_commit is off",
        "warning postgres: default_toast_compression is pglz",
        f"error schema: the database is at revision 0001, but this release needs {newest}",
        "error clock: this host's clock is",
        "error kafka-clock: this host's clock is",
        "error public-url: PUBLIC_URL is an address of this machine",
        f"public-url: http://{NOWHERE} is not reachable: ConnectError",
        "error nylas: Nylas refuses the API key",
        "warning webhook-secret: no secret of the webhook destination is stored",
        "warning accounts: 1 of 2 accounts: grant invalid",
        "warning accounts: 1 of 2 accounts: Nylas outage",
        "error lag: no process consumes mail.messages.v1 as persister, and 4 records wait",
        "error scheduler: no scheduler has measured the pipeline since ",
        "error incidents: clock-ahead has been open since 1970-01-01 00:00 UTC: worker-1: 9 s (and 1 more)",
        "note channels: no notification channel announces incidents",
        "note application: Nylas does not show the application",
    ):
        assert fault in found, found
    assert "too few replicas" not in found, "a topic with one replica accepts records"
    assert "error incidents: of-a-newer-release has been open since" in found
    assert found.count("incidents:") == 2
    assert all(each.why and each.fix for each in report.findings)
    severities = [each.severity for each in report.findings]
    assert severities == sorted(severities, key=list(Severity).index)
    assert report.unchecked == ()


async def test_a_notifier_that_does_not_run_delays_no_mail(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "INSERT INTO pipeline_minutes"
        " SELECT at, 'notifier.mail.messages.v1', 'mail.messages.v1', at, 0, 5, 9, 4, at FROM (SELECT now()) AS t (at)"
    )
    async with pool.acquire() as connection:
        (found,) = await check_lag(connection)
    assert (found.severity, found.why) == (Severity.WARNING, "nobody is notified by the channels")
    assert found.fix.startswith("start a notifier")


async def test_a_channel_for_incidents_is_no_finding_unless_it_announces_none(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "INSERT INTO notice_channels (id, name, kind, url_ciphertext, url_masked, alerts, enabled, allow_content,"
        " digest_seconds) VALUES (gen_random_uuid(), 'ops', 'webhook', 'x', 'x', '{}', true, false, 0)"
    )
    async with pool.acquire() as connection:
        assert [each.check for each in await check_channels(connection)] == ["channels"]
        await pool.execute("UPDATE notice_channels SET alerts = '{clock-ahead}'")
        assert await check_channels(connection) == []
        await pool.execute(
            "UPDATE notice_channels SET enabled = false, disabled_reason = 'it answered 410 (gone)'"
        )
        disabled, none = await check_channels(connection)
        assert "was disabled: it answered 410 (gone)" in disabled.what
        assert none.what == "no notification channel announces incidents"


async def test_a_forgotten_schema_is_named_instead_of_a_migration(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        assert await check_schema(connection, None) == []
        await connection.execute("SET search_path = mail")
        (found,) = await check_schema(connection, None)
        assert found.what == "Mailtide's tables are in the schema public, not in mail"
        assert "MAILTIDE_SCHEMA=public" in found.fix
        await connection.execute("SET search_path = public; DROP TABLE mailtide_revision")
        (missing,) = await check_schema(connection, None)
        assert missing.fix == "run `mailtide migrate`"


async def test_a_server_that_does_not_answer_is_one_finding(pool: asyncpg.Pool) -> None:
    report = await a_doctor(pool).examine()
    assert said(report).count(f"error Kafka: Kafka at {NOWHERE} cannot be reached by PLAINTEXT: ") == 1
    assert report.unchecked == ("brokers", "topics", "kafka-clock")
    assert "schema" in report.passed


def test_one_check_that_fails_alone_has_a_finding_of_its_own() -> None:
    one, another = unavailable({"lag": "permission denied", "disk": "no answer"})
    assert one.what == "lag could not be checked: permission denied"
    assert "DATABASE_URL" in one.fix
    assert another.what == "disk could not be checked: no answer"
    assert [each.check for each in unavailable(dict.fromkeys(SERVERS["Postgres"], "refused"))] == ["Postgres"]


@pytest.mark.parametrize(
    ("setting", "value", "what"),
    [
        ("server_version_num", "130012", "Postgres is version 13"),
        ("fsync", "off", "fsync is off"),
        ("full_page_writes", "off", "full_page_writes is off"),
        ("max_connections", "20", "max_connections is 20"),
    ],
)
def test_settings_of_the_server(setting: str, value: str, what: str) -> None:
    assert judge_settings(GOOD) == []
    assert [each.what for each in judge_settings({**GOOD, setting: value})] == [what]


def test_another_application_or_a_missing_callback_uri() -> None:
    url = "https://mail.test/api/auth/nylas/callback"
    good = Application.model_validate(
        {"application_id": "client", "callback_uris": [{"id": "c", "url": url}]}
    )
    assert judge_application(good, "client", url) == []
    (wrong,) = judge_application(good, "another", url)
    assert (wrong.severity, wrong.what.startswith("NYLAS_CLIENT_ID is not")) == (Severity.WARNING, True)
    (lacking,) = judge_application(good, "client", url + "2")
    assert (lacking.severity, lacking.what) == (
        Severity.ERROR,
        f"the application lacks the callback URI {url}2",
    )
    deleted = Application.model_validate({"callback_uris": [{"url": url, "deleted_at": 1}, {"id": "x"}, 5]})
    assert [each.severity for each in judge_application(deleted, "client", url)] == [Severity.ERROR]


def test_a_destination_without_triggers_or_that_does_not_deliver() -> None:
    good = Webhook(id="w", webhook_url=URL, trigger_types=tuple(TRIGGERS), status="active")
    assert judge_webhooks([good], URL) == []
    assert "Nylas has no webhook destination" in judge_webhooks([good], URL + "2")[0].what
    failed = good.model_copy(update={"status": "failed", "trigger_types": tuple(TRIGGERS)[1:]})
    assert [each.what for each in judge_webhooks([failed], URL)] == [
        "the destination's status at Nylas is failed",
        f"the destination lacks triggers: {TRIGGERS[0]}",
    ]


@pytest.mark.parametrize(
    "url",
    ["http://mail.test", "https://x.ngrok-free.app", "https://x.ngrok.dev", "http://localhost:8080"],
)
def test_addresses_that_nylas_refuses(url: str) -> None:
    assert check_address("https://mail.test", NYLAS) == []
    assert [each.severity for each in check_address(url, NYLAS)] == [Severity.ERROR]


def test_an_address_of_this_machine_is_right_for_the_simulator() -> None:
    (found,) = check_address("http://127.0.0.1:8080", "http://127.0.0.1:5555")
    assert found.severity is Severity.NOTE


@pytest.mark.parametrize("kind", ["UndefinedTableError", "UndefinedColumnError"])
def test_missing_tables_and_columns_are_explained_by_the_schema(kind: str) -> None:
    failed = {"lag": f"{kind}: it does not exist", "disk": "no answer"}
    wrong = [error("schema", "the tables are in schema mt", "why", "fix")]
    assert unexplained(failed, {"schema": wrong}) == {"disk": "no answer"}
    assert unexplained(failed, {"schema": []}) == failed
    assert unexplained(failed, {}) == failed


async def test_a_call_to_nylas_is_not_cancelled_when_its_check_takes_too_long() -> None:
    """A cancelled call would leak its connection."""
    answered, ended = asyncio.Event(), asyncio.Event()

    async def check() -> list[Finding]:
        await answered.wait()
        ended.set()
        return []

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await uncancelled(check)()
    answered.set()
    await asyncio.wait_for(ended.wait(), 5)
