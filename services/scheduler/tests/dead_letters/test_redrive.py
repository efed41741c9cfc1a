"""Dead letters sent to their topic again, on a real Postgres."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtide_common.contracts.api.dead_letters import Redrive
from mailtide_common.contracts.api.model import PAGE_DEFAULT
from mailtide_common.contracts.codec import encode
from mailtide_common.contracts.dead_letters import LISTED
from mailtide_common.contracts.events import Account, AccountStatus, Event, Folder, MessageState, SyncKind
from mailtide_common.contracts.keys import folder_uuid, message_uuid
from mailtide_common.contracts.topics import ACCOUNTS, FOLDERS, MESSAGES, SYNC_EVENTS, Topic
from mailtide_common.contracts.versions import Source, Version
from mailtide_common.runtime.errors import TransientError
from mailtide_harness.publisher import AWAY
from mailtide_harness.scheduler import Harness
from mailtide_scheduler import limits
from mailtide_scheduler.dead_letters.redrive import COUNT_HEADER, encoded, redrive_count, repair_request


async def letter(
    harness: Harness, topic: str = SYNC_EVENTS.name, headers: Any = (), key: bytes = b"g"
) -> UUID:
    id_ = uuid4()
    await harness.pool.execute(
        "INSERT INTO dead_letters VALUES ($1, $2, 0, $3, 'g', 'Unreadable', 'm', 1, $5, $4, $6, now())",
        id_,
        topic,
        id_.int % 1_000_000,
        b"\x00\xff",
        key,
        list(headers),
    )
    return id_


async def test_a_letter_goes_back_as_it_was(harness: Harness) -> None:
    """INV-3."""
    id_ = await letter(harness, headers=[{"name": "type", "text": "t"}, {"name": "b", "base64": "/w=="}])
    result = await harness.redriver.redrive(Redrive(error_class="Unreadable"))
    assert (result.redriven, result.refused) == (1, ())
    (record,) = harness.publisher.records
    assert (record.topic, record.key, record.value) == (SYNC_EVENTS.name, b"g", b"\x00\xff")
    assert record.headers == [("type", b"t"), ("b", b"\xff"), (COUNT_HEADER, b"1")]
    row = await harness.pool.fetchrow("SELECT redriven_at, redrives FROM dead_letters WHERE id = $1", id_)
    assert row["redriven_at"] is not None
    assert row["redrives"] == 1
    assert (await harness.redriver.redrive(Redrive(error_class="Unreadable"))).redriven == 0


@pytest.mark.parametrize(("observed_at", "sent"), [(9, 0), (10, 1), (11, 1)])
async def test_a_state_that_something_newer_overtook_is_not_put_behind_it(
    harness: Harness, observed_at: int, sent: int
) -> None:
    """The row says deleted at 10; if an older state were the last record, a replay would show the message."""
    account_id = await harness.add_account("g")
    await harness.pool.execute(
        "INSERT INTO emails (id, account_id, nylas_message_id, deleted_at, state_observed_at, state_rank,"
        " state_event_id) VALUES ($1, $2, 'm', now(), 10, 3, 'e')",
        message_uuid("g", "m"),
        account_id,
    )
    version = Version(observed_at=observed_at, source=Source.API, event_id="e")
    await redriven_as(harness, MessageState(grant_id="g", message_id="m", version=version), sent)


@pytest.mark.parametrize(("observed_at", "sent"), [(9, 0), (10, 1), (11, 1)])
async def test_a_folder_that_something_newer_overtook_is_not_put_behind_it(
    harness: Harness, observed_at: int, sent: int
) -> None:
    account_id = await harness.add_account("g")
    await harness.pool.execute(
        "INSERT INTO email_folders (id, account_id, nylas_folder_id, deleted_at, observed_at, source_rank, event_id)"
        " VALUES ($1, $2, 'f', now(), 10, 3, 'e')",
        folder_uuid("g", "f"),
        account_id,
    )
    version = Version(observed_at=observed_at, source=Source.API, event_id="e")
    await redriven_as(harness, Folder(grant_id="g", folder_id="f", version=version), sent)


@pytest.mark.parametrize(("observed_at", "followed"), [(9, True), (10, False), (11, False)])
async def test_an_older_snapshot_is_followed_by_the_stored_one(
    harness: Harness, observed_at: int, followed: bool
) -> None:
    """It may name users that the row lacks, but must not be the last record."""
    await harness.add_account("g", observed_at=10)
    version = Version(observed_at=observed_at, source=Source.API, event_id="e")
    old = Account(grant_id="g", status=AccountStatus.INVALID, version=version)
    await redriven_as(harness, old, 1, followed_by=int(followed))
    last = harness.publisher.events[-1]
    expected = (AccountStatus.ACTIVE, 11) if followed else (AccountStatus.INVALID, observed_at)
    assert (last.status, last.version.observed_at) == expected


async def redriven_as(harness: Harness, event: Event, sent: int, *, followed_by: int = 0) -> None:
    record = encode(event, source="test")
    headers = [{"name": name, "text": value.decode()} for name, value in record.headers]
    id_ = await letter(harness, event.default_topic.name, headers, record.key)
    await harness.pool.execute("UPDATE dead_letters SET value = $1", record.value)
    result = await harness.redriver.redrive(Redrive(ids=(id_,)))
    assert (result.redriven, len(result.refused)) == (sent, 1 - sent)
    assert len(harness.publisher.records) == sent + followed_by


async def test_what_kafka_does_not_take_is_not_marked(harness: Harness) -> None:
    harness.publisher.error = AWAY
    id_ = await letter(harness)
    with pytest.raises(TransientError):
        await harness.redriver.redrive(Redrive(ids=(id_,)))
    assert await harness.pool.fetchval("SELECT redriven_at FROM dead_letters") is None


async def test_a_letter_is_sent_again_three_times_and_says_so_itself(harness: Harness) -> None:
    id_ = await letter(harness)
    for _ in range(limits.REDRIVES):
        assert (await harness.redriver.redrive(Redrive(ids=(id_,)))).redriven == 1
    assert (await harness.redriver.redrive(Redrive(ids=(id_,)))).refused[0].id == id_
    tired = await letter(harness, headers=[{"name": COUNT_HEADER, "text": "3"}])
    foreign = await letter(harness, topic="elsewhere")
    result = await harness.redriver.redrive(Redrive(ids=(tired, foreign)))
    assert (result.redriven, len(result.refused)) == (0, 2)


async def test_all_chosen_letters_are_sent_and_of_a_class_up_to_the_limit(harness: Harness) -> None:
    ids = [await letter(harness) for _ in range(PAGE_DEFAULT + 1)]
    assert (await harness.redriver.redrive(Redrive(error_class="Unreadable"))).redriven == PAGE_DEFAULT
    assert (await harness.redriver.redrive(Redrive(ids=tuple(ids)))).redriven == len(ids)


async def test_a_message_is_fetched_behind_an_old_record(harness: Harness) -> None:
    await letter(harness, topic=MESSAGES.name, key=b"g/m%2F1/state")
    await harness.redriver.redrive(Redrive(error_class="Unreadable"))
    (request,) = await harness.send_due()
    assert (request.kind, request.grant_id, request.message_id) == (SyncKind.MESSAGE, "g", "m/1")


@pytest.mark.parametrize(
    ("topic", "key", "kind"),
    [
        (MESSAGES, b"g/m/content", SyncKind.MESSAGE),
        (MESSAGES, b"junk", None),
        (MESSAGES, None, None),
        (FOLDERS, b"g/f", SyncKind.ACCOUNT),
        (ACCOUNTS, b"g", SyncKind.ACCOUNT),
        (ACCOUNTS, b"", None),
        (SYNC_EVENTS, b"g", None),
    ],
)
def test_only_compacted_topics_need_a_fetch(topic: Topic, key: bytes | None, kind: SyncKind | None) -> None:
    repair = repair_request(topic, key)
    assert (None if repair is None else repair.kind) == kind


@given(st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5))), st.integers(1, 3))
def test_the_count_travels_with_the_record(headers: list[tuple[str, bytes]], times: int) -> None:
    assert redrive_count(encoded(None, None, headers, times).headers) == times


async def test_a_message_that_was_listed_and_could_not_be_read_is_fetched_again(harness: Harness) -> None:
    named, nameless = await letter(harness, LISTED, key=b"g/m%2F1"), await letter(harness, LISTED, key=b"g/")
    result = await harness.redriver.redrive(Redrive(ids=(named, nameless)))
    assert (result.redriven, harness.publisher.records) == (1, [])
    assert [refused.id for refused in result.refused] == [nameless]
    (task,) = await harness.pool.fetch("SELECT * FROM sync_tasks WHERE grant_id = 'g'")
    assert (task["kind"], task["message_id"]) == ("message", "m/1")
