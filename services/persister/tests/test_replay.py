"""A replay rebuilds an empty database with the same rows, and does not change a complete one."""

from typing import Any

import asyncpg
import pytest

from mailtide_common.contracts.codec import Encoded
from mailtide_common.contracts.events import Event
from mailtide_common.contracts.topics import MESSAGES
from mailtide_common.runtime.errors import ConfigurationError
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_harness import persister as build
from mailtide_harness.persister import Tables
from mailtide_persister.replay import ReplayReport, replay
from mailtide_persister.settings import PersisterSettings

PARTITIONS = 12


def mailbox(grant: str) -> list[Event]:
    """The events of a mailbox, some older ones after newer ones."""
    events: list[Event] = [
        build.account(1, grant=grant, user_id="u"),
        build.folder(1, grant=grant, name="Inbox"),
        build.finished(9_000_000, grant=grant),
    ]
    for number in range(20):
        message = f"m{number}"
        events += [
            build.state(2, grant=grant, message=message, unread=number % 2 == 0, deleted=number % 5 == 0),
            build.content(1, grant=grant, message=message, thread=f"t{number % 3}"),
            build.state(1, grant=grant, message=message, unread=True),
        ]
    return events


async def run(settings: PersisterSettings) -> tuple[ReplayReport, dict[str, tuple[int, int]]]:
    progress: dict[str, tuple[int, int]] = {}
    report = await replay(
        settings, on_progress=lambda topic, read, total: progress.update({topic.name: (read, total)})
    )
    return report, progress


async def test_replay_gives_the_rows_back(
    kafka: Any, database_url: str, pool: asyncpg.Pool, tables: Tables
) -> None:
    """INV-12."""
    servers = kafka.bootstrap_servers
    await ensure_topics(Brokers.plain(servers), PARTITIONS)
    settings = PersisterSettings(
        kafka_bootstrap_servers=servers, database_url=database_url, mailtide_topic_partitions=PARTITIONS
    )
    async with Publisher(Brokers.plain(servers), source="test") as publisher:
        for grant in ("replay-a", "replay-b", "replay-c"):
            await publisher.publish_all(mailbox(grant))
        await publisher.send(MESSAGES, Encoded(b"replay-a/junk", b"junk", [("type", b"no such type")]))

    report, progress = await run(settings)
    image = await tables.image()
    counts = {topic.topic: topic for topic in report.topics}
    assert counts["mail.messages.v1"].parked["unreadable"] >= 1
    assert all(read == total for read, total in progress.values())
    assert (
        await pool.fetchval(
            "SELECT count(*) FROM emails WHERE account_id IN "
            "(SELECT id FROM email_accounts WHERE user_id = 'u')"
        )
        >= 60
    )

    written = await tables.writers()
    report, _ = await run(settings)
    assert sum(topic.changed for topic in report.topics) == 0
    assert await tables.writers() == written

    await tables.clear()
    await run(settings)
    assert await tables.image() == image


async def test_a_database_without_a_schema_is_named(kafka: Any, postgres: Any) -> None:
    settings = PersisterSettings(
        kafka_bootstrap_servers=kafka.bootstrap_servers, database_url=postgres.database_url
    )
    with pytest.raises(ConfigurationError, match="mailtide migrate"):
        await run(settings)
