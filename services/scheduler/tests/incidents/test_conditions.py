"""Incidents that no event reports are found by queries, alerted once, and end with their cause."""

import itertools
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import AlertEnded, AlertKind, AlertRaised
from mailtide_common.contracts.stages import Stage
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import BACKFILL_REQUESTS, SYNC_EVENTS, SYNC_REQUESTS, Topic
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.admin import admin_client
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.group_lag import measure_lag
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.retry import until_available
from mailtide_devkit.local.backends import KafkaServer
from mailtide_harness.scheduler import INTERVALS, Harness, account
from mailtide_scheduler import limits
from mailtide_scheduler.database import transaction
from mailtide_scheduler.incidents.conditions import stale_seconds, watch_conditions
from mailtide_scheduler.incidents.incidents import close_incidents, open_incident, publish_alerts
from mailtide_scheduler.pipeline.recorder import PipelineRecorder
from mailtide_scheduler.sync_intervals import SyncIntervals


async def told(harness: Harness) -> list[tuple[str, AlertKind, str]]:
    """Check twice, and return the new alerts: a condition that lasts is alerted once."""
    for _ in range(2):
        async with transaction(harness.pool) as connection:
            await watch_conditions(connection, INTERVALS)
        await publish_alerts(harness.pool, harness.publisher)
    return [
        ("opened" if isinstance(event, AlertRaised) else "ended", event.kind, event.subject)
        for event in harness.publisher.taken()
        if isinstance(event, AlertRaised | AlertEnded)
    ]


async def add_task(harness: Harness, kind: str, *, overdue: float, attempts: int = 0) -> UUID:
    task_id = uuid4()
    await harness.pool.execute(
        "INSERT INTO sync_tasks (task_id, grant_id, kind, state, due_at, attempts, created_at)"
        " VALUES ($1, 'g', $2, 'pending', now() - make_interval(secs => $3), $4, now())",
        task_id,
        kind,
        overdue,
        attempts,
    )
    return task_id


async def test_a_group_that_nobody_consumes_is_told_until_a_measurement_shows_a_consumer(
    harness: Harness, kafka: KafkaServer
) -> None:
    """While nothing is measured, the incident stays open. A service that never ran is not missed."""
    topic = replace(SYNC_EVENTS, name=f"missing-{uuid4()}")
    stage, brokers = Stage("persister", topic), Brokers.plain(kafka.bootstrap_servers)
    recorder = PipelineRecorder(
        harness.pool, partial(measure_lag, brokers, [stage, Stage("notifier", topic)])
    )

    ages = itertools.count(200, -30)

    async def measure() -> None:
        """Date the last measurement back, and measure."""
        await harness.pool.execute(
            "UPDATE pipeline_minutes SET minute = minute - make_interval(secs => $1)"
            " WHERE minute = date_trunc('minute', minute)",
            next(ages),
        )
        assert await until_available(
            recorder.record, event="kafka_unavailable", retried=TransientError, seconds=30
        )

    async with admin_client(brokers) as admin:
        await admin.create_topics([NewTopic(topic.name, 1, 1)])
    for _ in range(2):
        await measure()
    assert await told(harness) == []
    async with Publisher(brokers, source="test") as publisher:
        await publisher.send(topic, Encoded(b"key", b"value", []))
    await measure()
    assert await told(harness) == []
    await measure()
    assert await told(harness) == [("opened", AlertKind.CONSUMER_MISSING, stage.group)]
    reason = await harness.pool.fetchval("SELECT reason FROM incidents")
    assert reason == f"no persister consumes {topic.name}, and 1 record waits"
    await harness.pool.execute("UPDATE pipeline_minutes SET minute = minute - interval '1 hour'")
    assert await told(harness) == []
    async with AIOKafkaConsumer(
        topic.name, bootstrap_servers=kafka.bootstrap_servers, group_id=stage.group
    ) as consumer:
        await consumer.commit({TopicPartition(topic.name, 0): 1})
        await measure()
    assert await told(harness) == [("ended", AlertKind.CONSUMER_MISSING, stage.group)]


async def test_a_halted_consumer_is_not_told_as_missing_too(harness: Harness) -> None:
    minute = (
        "INSERT INTO pipeline_minutes SELECT date_trunc('minute', now()) - n * interval '1 minute', 'g', 't',"
        " now(), 1, 0, 9, 9, now() - interval '1 hour' FROM generate_series(0, 1) AS n"
    )
    async with transaction(harness.pool) as connection:
        await open_incident(connection, AlertKind.CONSUMER_HALTED, "g", "too many", now_us())
    await harness.pool.execute(minute)
    assert await told(harness) == [("opened", AlertKind.CONSUMER_HALTED, "g")]
    async with transaction(harness.pool) as connection:
        await close_incidents(connection, AlertKind.CONSUMER_HALTED, "g", now_us())
    assert await told(harness) == [
        ("ended", AlertKind.CONSUMER_HALTED, "g"),
        ("opened", AlertKind.CONSUMER_MISSING, "g"),
    ]


async def test_syncs_that_fail_in_a_row_are_told_until_one_succeeds(harness: Harness) -> None:
    await harness.quiet("g")
    update = "UPDATE account_schedules SET failures = $1"
    await harness.pool.execute(update, limits.FAILING_SYNCS - 1)
    assert await told(harness) == []
    await harness.pool.execute(update, limits.FAILING_SYNCS)
    assert await told(harness) == [("opened", AlertKind.SYNC_FAILING, "g")]
    await harness.pool.execute(update, 0)
    assert await told(harness) == [("ended", AlertKind.SYNC_FAILING, "g")]


async def test_an_outage_of_nylas_is_no_failure_of_an_account_unless_it_lasts(harness: Harness) -> None:
    """As `mailtide status` says: it needs no person. Once open, the incident stays until a sync succeeds."""
    await harness.quiet("g")
    fail = "UPDATE account_schedules SET failures = $1"
    error = "UPDATE email_accounts SET last_sync_error = $1"
    await harness.pool.execute(fail, limits.FAILING_SYNCS)
    await harness.pool.execute(error, "GET /v3/grants failed at Nylas status=503")
    task_id = await add_task(harness, "delta", overdue=0)
    assert await told(harness) == []
    await harness.pool.execute(
        "UPDATE sync_tasks SET created_at = now() - make_interval(secs => $1)", limits.OUTAGE_ALERT_SECONDS
    )
    assert await told(harness) == [("opened", AlertKind.SYNC_FAILING, "g")]
    await harness.pool.execute(fail, 0)
    assert await told(harness) == [("ended", AlertKind.SYNC_FAILING, "g")]
    await harness.pool.execute("UPDATE sync_tasks SET state = 'done' WHERE task_id = $1", task_id)
    await harness.pool.execute(fail, limits.FAILING_SYNCS)
    await harness.pool.execute(error, "GET /v3/grants refused status=400")
    assert await told(harness) == [("opened", AlertKind.SYNC_FAILING, "g")]
    await harness.pool.execute(error, "GET /v3/grants failed at Nylas status=503")
    assert await told(harness) == []


async def test_a_mailbox_that_is_connected_again_is_not_told_as_failing(harness: Harness) -> None:
    await harness.quiet("g")
    await harness.pool.execute("UPDATE account_schedules SET failures = $1", limits.FAILING_SYNCS)
    await harness.handle(account("g", observed_at=now_us(), connected_at=now_us()))
    assert await told(harness) == []


@pytest.mark.parametrize(
    ("kind", "alert", "late"),
    [
        ("delta", AlertKind.MAILBOX_STALE, stale_seconds(INTERVALS)),
        ("backfill", AlertKind.BACKFILL_STUCK, limits.STUCK_SECONDS),
    ],
)
async def test_what_is_overdue_is_told_until_it_moves(
    harness: Harness, kind: str, alert: AlertKind, late: float
) -> None:
    await harness.quiet("g")
    task_id = await add_task(harness, kind, overdue=late - 30)
    assert await told(harness) == []
    await harness.pool.execute("UPDATE sync_tasks SET due_at = due_at - interval '60 s'")
    assert await told(harness) == [("opened", alert, "g")]
    await harness.pool.execute("UPDATE sync_tasks SET due_at = now() WHERE task_id = $1", task_id)
    assert await told(harness) == [("ended", alert, "g")]


@pytest.mark.parametrize(
    ("kind", "alert"), [("delta", AlertKind.MAILBOX_STALE), ("backfill", AlertKind.BACKFILL_STUCK)]
)
async def test_what_waits_for_another_one_of_its_kind_is_not_overdue(
    harness: Harness, kind: str, alert: AlertKind
) -> None:
    """A backfill at the end of Nylas' first sync of an IMAP mailbox, for example, waits for the first backfill."""
    await harness.quiet("g")
    begun = await add_task(harness, kind, overdue=0)
    await harness.pool.execute("UPDATE sync_tasks SET until = 5")
    await add_task(harness, kind, overdue=99_999)
    assert await told(harness) == []
    await harness.pool.execute(
        "UPDATE sync_tasks SET due_at = now() - interval '1 day' WHERE task_id = $1", begun
    )
    assert await told(harness) == [("opened", alert, "g")]
    await harness.pool.execute("DELETE FROM sync_tasks WHERE task_id = $1", begun)
    assert await told(harness) == [], "the other one is overdue now"


@pytest.mark.parametrize(
    ("kind", "alert"), [("delta", AlertKind.MAILBOX_STALE), ("backfill", AlertKind.BACKFILL_STUCK)]
)
async def test_what_a_retry_after_holds_up_is_not_overdue(
    harness: Harness, kind: str, alert: AlertKind
) -> None:
    await harness.quiet("g")
    await add_task(harness, kind, overdue=99_999)
    throttle = "UPDATE account_schedules SET not_before = now() + make_interval(secs => $1)"
    for seconds in (60.0, -60.0):
        await harness.pool.execute(throttle, seconds)
        assert await told(harness) == []
    await harness.pool.execute(throttle, -90_000.0)
    assert await told(harness) == [("opened", alert, "g")]


@pytest.mark.parametrize(
    ("kind", "alert", "topic"),
    [
        ("delta", AlertKind.MAILBOX_STALE, SYNC_REQUESTS),
        ("backfill", AlertKind.BACKFILL_STUCK, BACKFILL_REQUESTS),
    ],
)
async def test_what_a_missing_worker_explains_is_not_told_again(
    harness: Harness, kind: str, alert: AlertKind, topic: Topic
) -> None:
    """One that was told before stays open until it moves."""
    await harness.quiet("g")
    await harness.quiet("h")
    await add_task(harness, kind, overdue=99_999)
    assert await told(harness) == [("opened", alert, "g")]
    group = f"sync-worker.{topic.name}"
    async with transaction(harness.pool) as connection:
        await open_incident(connection, AlertKind.CONSUMER_MISSING, group, "why", now_us())
    await harness.pool.execute("UPDATE sync_tasks SET grant_id = 'h'")
    await add_task(harness, kind, overdue=99_999)
    assert await told(harness) == [("opened", AlertKind.CONSUMER_MISSING, group)]
    async with transaction(harness.pool) as connection:
        await close_incidents(connection, AlertKind.CONSUMER_MISSING, group, now_us())
    assert await told(harness) == [("ended", AlertKind.CONSUMER_MISSING, group), ("opened", alert, "h")]


async def test_a_backfill_that_fails_at_one_slice_is_stuck(harness: Harness) -> None:
    await harness.quiet("g")
    await add_task(harness, "backfill", overdue=0, attempts=limits.STUCK_ATTEMPTS)
    assert await told(harness) == [("opened", AlertKind.BACKFILL_STUCK, "g")]


async def test_an_account_with_a_known_trouble_or_a_decision_is_not_told_again(harness: Harness) -> None:
    await harness.quiet("g")
    await harness.pool.execute("UPDATE account_schedules SET failures = 9")
    await add_task(harness, "delta", overdue=99_999)
    async with transaction(harness.pool) as connection:
        await open_incident(connection, AlertKind.GRANT_INVALID, "g", "dead", now_us())
    assert await told(harness) == [("opened", AlertKind.GRANT_INVALID, "g")]
    async with transaction(harness.pool) as connection:
        await close_incidents(connection, AlertKind.GRANT_INVALID, "g", now_us())
    await harness.pool.execute("UPDATE account_schedules SET decision = 'paused'")
    assert await told(harness) == [("ended", AlertKind.GRANT_INVALID, "g")]


async def test_parked_records_are_told_by_cause_until_they_are_sent_again(harness: Harness) -> None:
    for offset, error in enumerate(("Odd", "Odd", "Long")):
        await harness.pool.execute(
            "INSERT INTO dead_letters (id, origin_topic, origin_partition, origin_offset, origin_group, error_class,"
            " error_message, attempts, headers, parked_at) VALUES ($1, 't', 0, $2, 'g', $3, 'm', 1, '[]', now())",
            uuid4(),
            offset,
            error,
        )
    assert sorted(await told(harness)) == [
        ("opened", AlertKind.DEAD_LETTERS, "t/Long"),
        ("opened", AlertKind.DEAD_LETTERS, "t/Odd"),
    ]
    reasons: list[Any] = await harness.pool.fetch("SELECT reason FROM incidents WHERE subject = 't/Odd'")
    assert reasons[0]["reason"].startswith("2 records")
    await harness.pool.execute("UPDATE dead_letters SET redriven_at = now() WHERE error_class = 'Odd'")
    assert await told(harness) == [("ended", AlertKind.DEAD_LETTERS, "t/Odd")]


async def test_an_incident_that_ends_before_it_was_told_is_told_whole_and_a_moment_has_no_end(
    harness: Harness,
) -> None:
    async with transaction(harness.pool) as connection:
        await open_incident(connection, AlertKind.WEBHOOK_DOWN, "d", "r", UnixMicros(5))
        await close_incidents(connection, AlertKind.WEBHOOK_DOWN, None, UnixMicros(7))
        await open_incident(connection, AlertKind.WEBHOOK_RESTORED, "d", "r", UnixMicros(8), momentary=True)
    await publish_alerts(harness.pool, harness.publisher)
    await publish_alerts(harness.pool, harness.publisher)
    assert harness.publisher.taken() == [
        AlertRaised(kind=AlertKind.WEBHOOK_DOWN, subject="d", reason="r", at=5),
        AlertEnded(kind=AlertKind.WEBHOOK_DOWN, subject="d", reason="r", opened_at=5, at=7),
        AlertRaised(kind=AlertKind.WEBHOOK_RESTORED, subject="d", reason="r", at=8),
    ]


def test_how_late_is_stale_follows_the_rhythm_of_syncs_within_bounds() -> None:
    assert stale_seconds(SyncIntervals(1.0)) == 900.0
    assert stale_seconds(SyncIntervals(3_600.0)) == 7_200.0
    assert stale_seconds(SyncIntervals(float("inf"))) == limits.STALE_MOST_SECONDS
