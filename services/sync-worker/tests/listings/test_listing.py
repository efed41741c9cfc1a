"""Endless pages are bounded; unreadable messages are parked once, and the others are stored."""

import json
import re
from typing import Any

import pytest

from mailtide_common.contracts.dead_letters import ERROR_CLASS, LISTED, ErrorClass
from mailtide_common.contracts.events import MessageContent, SyncFinished, SyncKind, SyncOutcome
from mailtide_common.contracts.keys import part
from mailtide_common.contracts.topics import DEAD_LETTERS, MESSAGES
from mailtide_harness.sync_worker import DAY, Harness, NewHarness
from mailtide_persister.apply.dead_letters import DeadLetterApplier


def letters(harness: Harness) -> list[Any]:
    return [record for record in harness.publisher.records if record.topic == DEAD_LETTERS.name]


async def worked(harness: Harness, kind: SyncKind, **fields: Any) -> SyncFinished:
    """Work on a request as the scheduler sends it, and store dead letters too."""
    finished: SyncFinished
    finished, _ = await harness.whole(kind, **fields)
    await DeadLetterApplier(harness.pool).apply(letters(harness))
    return finished


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (SyncKind.DELTA, {}),
        (SyncKind.DELTA, {"since": 1, "window_seconds": 900 * DAY}),
        (SyncKind.BACKFILL, {}),
        (SyncKind.AUDIT, {}),
        (SyncKind.THREAD, {"thread_id": "t"}),
        (SyncKind.ACCOUNT, {}),
    ],
)
async def test_fresh_cursors_without_end_fail(
    new_harness: NewHarness, kind: SyncKind, fields: dict[str, Any]
) -> None:
    """INV-22."""
    harness = await new_harness(count=250, days=50)
    for message in harness.mailbox.messages.values():
        message.thread_id = "t"
    harness.fault("fresh_cursor")
    finished = await worked(harness, kind, **fields)
    assert finished.outcome is SyncOutcome.FAILED
    assert re.search("in a row have no|without new", finished.error or "")
    assert sum(harness.calls().values()) < 100


@pytest.mark.parametrize("how", ["nested", "control", "no_id", "no_object"])
async def test_a_message_that_cannot_be_read_is_parked_once_and_the_rest_goes_on(
    new_harness: NewHarness, how: str
) -> None:
    """INV-6."""
    harness = await new_harness(filled=False, count=30, days=5)
    bad = harness.newest(12)[-1]
    harness.fault("broken_message", id=bad, how=how)
    assert (await worked(harness, SyncKind.BACKFILL)).outcome is SyncOutcome.OK
    assert (await harness.local()).keys() == harness.remote().keys() - {bad}
    (letter,) = letters(harness)
    assert letter.header(ERROR_CLASS) == ErrorClass.UNREADABLE
    body = harness.mailbox.messages[bad].body()
    as_in_the_answer, as_new_json = body.encode(), json.dumps(body)[1:-1].encode()
    written = (as_in_the_answer, as_new_json)
    assert any(each in letter.value for each in written) or how == "no_object"
    harness.forget()
    for kind, fields in (
        (SyncKind.DELTA, {"since": 1, "window_seconds": 90 * DAY}),
        (SyncKind.AUDIT, {}),
        (SyncKind.BACKFILL, {}),
        (SyncKind.THREAD, {"thread_id": harness.mailbox.messages[bad].thread_id}),
    ):
        assert (await worked(harness, kind, **fields)).outcome is SyncOutcome.OK
    assert harness.fetch_requests() == [], "it is not asked for again"
    (audited,) = [event for event in harness.of_type(SyncFinished) if event.kind is SyncKind.AUDIT]
    assert sum(count.missing for count in audited.folders) == 1, "so that nothing is proven"
    assert harness.of_type(MessageContent) == []
    row = await harness.pool.fetchrow(
        "SELECT * FROM dead_letters WHERE origin_topic = $1 ORDER BY parked_at", LISTED
    )
    assert row is not None
    if how in ("nested", "control"):
        assert (await worked(harness, SyncKind.MESSAGE, message_id=bad)).outcome is SyncOutcome.OK
        harness.heal()
        await worked(harness, SyncKind.MESSAGE, message_id=bad)
        assert await harness.local() == harness.remote()


async def test_a_message_that_no_record_holds_is_parked_and_leaves_no_half_row(
    new_harness: NewHarness,
) -> None:
    """INV-6."""
    harness = await new_harness(filled=False, count=120, days=5)
    huge = harness.newest(70)[-1]
    harness.publisher.is_too_large = lambda topic, encoded: (
        topic is MESSAGES and part(huge) in encoded.key.decode()
    )
    assert (await worked(harness, SyncKind.BACKFILL)).outcome is SyncOutcome.OK
    assert (await harness.local()).keys() == harness.remote().keys() - {huge}
    (letter,) = letters(harness)
    assert letter.header(ERROR_CLASS) == ErrorClass.TOO_LARGE
    harness.forget()
    assert (await worked(harness, SyncKind.AUDIT)).outcome is SyncOutcome.OK
    assert harness.fetch_requests() == []


async def test_pages_that_a_proxy_compressed_in_several_members_are_read_whole(
    new_harness: NewHarness,
) -> None:
    harness = await new_harness(filled=False, count=450, days=50)
    harness.fault("gzip_members", members=5, zeros=7)
    assert (await worked(harness, SyncKind.BACKFILL)).outcome is SyncOutcome.OK
    assert await harness.local() == harness.remote()


@pytest.mark.parametrize("kind", [SyncKind.DELTA, SyncKind.BACKFILL])
async def test_a_message_that_is_listed_twice_counts_once(new_harness: NewHarness, kind: SyncKind) -> None:
    harness = await new_harness(filled=False, count=60, days=5)
    harness.fault("twice")
    finished, _ = await harness.whole(kind)
    assert finished.synced_count == 60
    assert len(harness.of_type(MessageContent)) == 60
    assert await harness.local() == harness.remote()
    harness.forget()
    audited, _ = await harness.whole(SyncKind.AUDIT)
    assert audited.outcome is SyncOutcome.OK
    assert harness.fetch_requests() == []
    assert sum(count.in_account for count in audited.folders) == sum(
        len(message.folders) for message in harness.mailbox.messages.values()
    )
