"""Postgres ends sessions at random moments: every use case raises TransientError, and repeats give the same rows."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.dead_letters import ErrorClass, Parked, encode_dead_letter
from mailtide_common.contracts.events import Attachment, Event, SyncOutcome
from mailtide_common.contracts.topics import ACCOUNTS, DEAD_LETTERS, FOLDERS, MESSAGES, SYNC_EVENTS, Topic
from mailtide_common.runtime.errors import TransientError
from mailtide_harness import persister as build
from mailtide_harness.events import EXAMPLES
from mailtide_harness.persister import Tables
from mailtide_persister.apply.appliers import Appliers, build_appliers

CHAOS_SECONDS = 3.0
GRANTS = ("g", "h", "i")
END_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'test'"
)


@pytest.fixture
def appliers(pool: asyncpg.Pool) -> Appliers:
    return build_appliers(pool, None, ambiguity_seconds=5)


def work_of() -> list[tuple[Topic, Sequence[Record]]]:
    """Batches for every statement of the store."""
    attached = (Attachment(id="a", filename="f", content_type="text/plain", size=1),)
    contents = [
        build.content(at, grant=g, message=f"m{n}", thread=f"t{at % 2}", attachments=attached)
        for g in GRANTS
        for n in range(6)
        for at in (1, 2)
    ]
    states = [build.state(3, grant=g, message=f"m{n}", unread=bool(n % 2)) for g in GRANTS for n in range(6)]
    return [
        (
            ACCOUNTS,
            build.records(*(build.account(grant=g, email_address=f"{g}@example.com") for g in GRANTS)),
        ),
        (FOLDERS, build.records(*(build.folder(grant=g, name="Inbox") for g in GRANTS))),
        (MESSAGES, build.records(*contents, *states)),
        (MESSAGES, [build.tombstone("g/m0/content"), build.tombstone("g/m0/state")]),
        (SYNC_EVENTS, build.records(*(build.finished(5, SyncOutcome.OK, grant=g) for g in GRANTS))),
        (DEAD_LETTERS, [_dead_letter()]),
    ]


def _dead_letter() -> Record:
    letter = encode_dead_letter(
        Parked(build.record(build.state()), ErrorClass.UNREADABLE, "nonsense"), group="group"
    )
    return Record(DEAD_LETTERS.name, 0, 0, letter.key, letter.value, letter.headers, 0)


async def end_sessions(url: str, until: float) -> None:
    killer: Any = await asyncpg.connect(url)
    while time.monotonic() < until:
        await asyncio.sleep(random.random() * 0.03)
        await killer.execute(END_SESSIONS)
    await killer.close()


async def persist(appliers: Appliers, topic: Topic, records: Sequence[Record]) -> int:
    """Apply a batch until it succeeds; return how often it was repeated."""
    again = 0
    while True:
        try:
            applied = await appliers.of(topic)(records)
        except TransientError:
            again += 1
            await asyncio.sleep(random.random() * 0.01)
        else:
            assert not applied.parked
            return again


@pytest.mark.fault
async def test_sessions_that_end_at_random_moments_change_nothing_of_what_is_written(
    appliers: Appliers, tables: Tables, database_url: str
) -> None:
    """INV-36."""
    work = work_of()
    for topic, records in work:
        assert await persist(appliers, topic, records) == 0
    expected = await tables.image()
    ends = time.monotonic() + CHAOS_SECONDS
    chaos = asyncio.create_task(end_sessions(database_url, ends))
    admin: Any = await asyncpg.connect(database_url)
    again = 0
    while time.monotonic() < ends:
        await admin.execute("TRUNCATE emails, email_folders, email_attachments, dead_letters")
        for topic, records in work:
            again += await persist(appliers, topic, records)
    await chaos
    await admin.close()
    assert again > 0
    image = await tables.image()
    assert {name: len(rows) for name, rows in image.items()} == {n: len(rows) for n, rows in expected.items()}


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
async def test_every_event_of_its_topics_is_expected(appliers: Appliers, event: Event) -> None:
    """An event that an applier does not name would be parked."""
    if event.topic.name in appliers.by_topic:
        assert (await appliers.of(event.topic)(build.records(event))).parked == ()
