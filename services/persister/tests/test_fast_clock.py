"""A service whose clock is an hour ahead blocks no later change, on real Kafka and Postgres."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import Event
from mailtide_common.contracts.keys import message_uuid
from mailtide_common.contracts.times import UnixMicros
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES
from mailtide_common.runtime.clock import now_us
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_devkit.local.backends import KafkaServer
from mailtide_harness import persister as build
from mailtide_harness.persister import SECOND, Tables
from mailtide_persister.apply.appliers import build_appliers

HOUR = 3_600_000_000


def an_hour_ahead() -> UnixMicros:
    return UnixMicros(now_us() + HOUR)


@pytest.fixture
async def brokers(kafka: KafkaServer) -> Brokers:
    brokers = Brokers.plain(kafka.bootstrap_servers)
    await ensure_topics(brokers, 12)
    return brokers


@pytest.fixture
async def publisher(brokers: Brokers) -> AsyncIterator[Publisher]:
    async with Publisher(brokers, source="test") as publisher:
        yield publisher


@pytest.mark.fault
async def test_what_a_fast_clock_observed_loses_to_what_comes_after_it(
    brokers: Brokers, publisher: Publisher, pool: asyncpg.Pool, tables: Tables
) -> None:
    """INV-15."""
    appliers = build_appliers(pool, None, ambiguity_seconds=0)
    grant = uuid4().hex
    ahead, later = an_hour_ahead(), now_us() + 6 * SECOND
    assert later < ahead

    def events(at: int, name: str, *, unread: bool) -> list[Event]:
        return [
            build.account(at, grant=grant, display_name=name),
            build.folder(at, grant=grant, name=name),
            build.content(at, grant=grant, subject=name),
            build.state(at, grant=grant, unread=unread),
        ]

    async def replay() -> None:
        for topic in (ACCOUNTS, FOLDERS, MESSAGES):
            async for chunk in read_to_end(brokers, topic):
                ours = [r for r in chunk.records if (r.key or b"").startswith(grant.encode())]
                if ours:
                    assert (await appliers.of(topic)(ours)).parked == ()

    await publisher.publish_all(events(ahead, "fast", unread=True))
    await replay()
    await publisher.publish_all(events(later, "right", unread=False))
    await replay()
    row = await pool.fetchrow(
        "SELECT e.subject, e.is_read, f.name, a.display_name FROM emails e JOIN email_folders f USING (account_id)"
        " JOIN email_accounts a ON a.id = e.account_id WHERE e.id = $1",
        message_uuid(grant, "m"),
    )
    assert tuple(row) == ("right", True, "right", "right")
    image = await tables.image()
    await tables.clear()
    await replay()
    assert {name: len(rows) for name, rows in (await tables.image()).items()} == {
        name: len(rows) for name, rows in image.items()
    }
    assert (
        await pool.fetchval("SELECT subject FROM emails WHERE id = $1", message_uuid(grant, "m")) == "right"
    )


async def test_kafka_takes_nothing_from_a_machine_whose_clock_is_ahead(brokers: Brokers) -> None:
    grant = uuid4().hex
    async with Publisher(brokers, source="test", clock=an_hour_ahead) as fast:
        with pytest.raises(TransientError, match="clock is more than 10 s ahead"):
            await fast.publish(build.state(an_hour_ahead(), grant=grant))
        assert fast.clock_refused
        await fast.publish(build.finished(now_us(), grant=grant))
    records: list[Record] = []
    async for chunk in read_to_end(brokers, MESSAGES):
        records += [r for r in chunk.records if (r.key or b"").startswith(grant.encode())]
    assert records == []
