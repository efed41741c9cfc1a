"""Message batches on a real Postgres: order, repeats, poison, purges and conflicts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import asyncpg
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import (
    AccountStatus,
    Address,
    Attachment,
    Event,
    MessageContent,
    MessageState,
)
from mailtide_common.contracts.keys import PURGED_PARTS, message_uuid, thread_uuid
from mailtide_harness import persister as build
from mailtide_harness.persister import Tables
from mailtide_persister.apply import store
from mailtide_persister.apply.batch_result import BatchResult
from mailtide_persister.apply.messages import MessageApplier
from mailtide_persister.rows.rows import attachment_rows, message_row

ANY_TEXT = st.text(st.characters(codec=None), max_size=40)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Changes of three messages in two threads: (kind, message, time, thread, flag)."""
    times = st.integers(1, 9)
    one = st.one_of(
        st.tuples(st.just("content"), st.sampled_from("abc"), times, st.sampled_from(["t", "u", None])),
        st.tuples(st.just("state"), st.sampled_from("abc"), times, st.booleans()),
        st.tuples(st.just("delete"), st.sampled_from("abc"), times),
    )
    return draw(st.lists(one, max_size=14, unique_by=lambda what: (what[0] == "content", what[1], what[2])))


def events_of(history: Sequence[tuple[Any, ...]]) -> list[Event]:
    made: list[Event] = []
    for what in history:
        kind, message, at = what[:3]
        if kind == "content":
            to = [f"{message}{at}@example.com", "TO@example.com"]
            made.append(
                build.content(
                    at, message=message, thread=what[3], to=to, received_at=1_700_000_000 + at % 3 * 100
                )
            )
        elif kind == "state":
            made.append(build.state(at, message=message, unread=what[3], folders=("INBOX", f"f{at}")))
        else:
            made.append(build.state(at, message=message, deleted=True))
    return made


def newest(events: Iterable[Event]) -> dict[str, tuple[MessageContent | None, MessageState | None]]:
    """The expected result, computed plainly: the newest content and state of each message."""
    contents: dict[str, MessageContent] = {}
    states: dict[str, MessageState] = {}
    for event in events:
        best: Any = contents if isinstance(event, MessageContent) else states
        assert isinstance(event, MessageContent | MessageState)
        known = best.get(event.message_id)
        if known is None or event.version.key > known.version.key:
            best[event.message_id] = event
    return {m: (contents.get(m), states.get(m)) for m in contents.keys() | states.keys()}


def thread_image(events: Iterable[Event]) -> dict[Any, tuple[Any, ...]]:
    """The expected threads, computed plainly over the messages that are not deleted."""
    threads: dict[str, list[tuple[MessageContent, MessageState | None]]] = defaultdict(list)
    for content, state in newest(events).values():
        if content is not None and content.thread_id is not None and not (state and state.deleted):
            threads[content.thread_id].append((content, state))
    image = {}
    for thread, members in threads.items():
        by_time = sorted(
            members, key=lambda m: (m[0].received_at, message_uuid(m[0].grant_id, m[0].message_id))
        )
        people = {(a.email or "").lower() for content, _ in members for a in (*content.from_, *content.to)}
        image[thread_uuid("g", thread)] = (
            thread,
            len(members),
            sum(1 for _, state in members if state and state.unread),
            by_time[0][0].subject,
            by_time[-1][0].snippet,
            by_time[0][0].received_at,
            by_time[-1][0].received_at,
            people,
        )
    return image


async def stored_threads(pool: asyncpg.Pool) -> dict[Any, tuple[Any, ...]]:
    return {
        row["id"]: (
            row["nylas_thread_id"],
            row["message_count"],
            row["unread_count"],
            row["subject"],
            row["snippet"],
            int(row["first_message_at"].timestamp()),
            int(row["last_message_at"].timestamp()),
            {person["email"].lower() for person in row["participants"]},
        )
        for row in await pool.fetch("SELECT * FROM email_threads")
    }


async def apply_in_batches(
    applier: MessageApplier, records: Sequence[Record], cuts: Iterable[int]
) -> list[BatchResult]:
    edges = [0, *sorted(cuts), len(records)]
    return [await applier.apply(records[start:end]) for start, end in pairwise(edges) if start < end]


@settings(max_examples=60)
@given(history=histories(), data=st.data())
async def test_order_and_repeats_change_nothing(
    *,
    history: list[tuple[Any, ...]],
    data: st.DataObject,
    pool: asyncpg.Pool,
    tables: Tables,
    applier: MessageApplier,
) -> None:
    """INV-13."""
    events = events_of(history)
    await tables.clear()
    await applier.apply(build.records(*sorted(events, key=lambda e: e.version.key)))  # type: ignore[attr-defined]
    in_order = await tables.image()
    assert await stored_threads(pool) == thread_image(events)

    twice = data.draw(
        st.permutations(events + data.draw(st.lists(st.sampled_from(events)))) if events else st.just([])
    )
    cuts = data.draw(st.lists(st.integers(0, len(twice)), max_size=4))
    await tables.clear()
    await apply_in_batches(applier, build.records(*twice), cuts)
    assert await tables.image() == in_order

    written = await tables.writers()
    await apply_in_batches(applier, build.records(*twice), [])
    assert await tables.writers() == written


@settings(max_examples=100)
@given(
    texts=st.lists(ANY_TEXT, min_size=6, max_size=6),
    received_at=st.integers(-(2**70), 2**70),
    size=st.integers(-(2**70), 2**70),
)
async def test_any_text_and_date_is_stored(
    *,
    texts: list[str],
    received_at: int,
    size: int,
    pool: asyncpg.Pool,
    tables: Tables,
) -> None:
    subject, body, name, email, folder, filename = texts
    content = build.content(
        subject=subject,
        body=body,
        snippet=name,
        received_at=received_at,
        sender=(Address(name=name, email=email),),
        attachments=(Attachment(id="a", filename=filename, size=size),),
    )
    await tables.clear()
    # built without a record's bytes, since JSON cannot even carry a lone surrogate
    rows = [(content, build.state(folders=(folder, subject)))]
    await write_rows(pool, rows)
    row = await pool.fetchrow("SELECT subject, folders, sanitised FROM emails")
    assert len(row["folders"]) == 2
    if any(0xD800 <= ord(c) <= 0xDFFF or c == "\0" for c in subject + body + name + email + filename):
        assert row["sanitised"]
    else:
        assert row["subject"] == subject


async def write_rows(pool: asyncpg.Pool, rows: Sequence[tuple[MessageContent, MessageState]]) -> None:
    grants = {content.grant_id for content, _ in rows}
    async with store.locked_grants(pool, grants) as connection:
        await store.insert_missing_accounts(connection, grants, AccountStatus.ACTIVE)
        await store.upsert_messages(
            connection,
            [message_row(content, state) for content, state in rows],
            [row for content, _ in rows for row in attachment_rows(content)],
        )


async def test_what_cannot_be_stored_is_parked_alone(pool: asyncpg.Pool, applier: MessageApplier) -> None:
    """INV-4."""
    events = [
        event
        for n in range(20)
        for event in (build.content(1, message=f"m{n}"), build.state(1, message=f"m{n}"))
    ]
    events[6] = build.content(2**63, message="m3")  # its version does not fit into a bigint
    records = build.records(*events)
    records.append(Record("mail.messages.v1", 0, 99, b"junk", b"\xff", [("type", b"\xff")], 0))
    applied = await applier.apply(records)
    assert sorted(letter.record.offset for letter in applied.parked) == [6, 99]
    assert applied.changed == 39
    assert await pool.fetchval("SELECT count(*) FROM emails") == 19
    assert await pool.fetchval("SELECT message_count FROM email_threads") == 19
    assert await pool.fetchval("SELECT nylas_message_id FROM withheld_messages") == "m3"


async def test_an_older_observation_survives_a_newer_one_that_is_refused(
    pool: asyncpg.Pool, applier: MessageApplier
) -> None:
    applied = await applier.apply(build.records(build.content(1), build.content(2**63)))
    assert [letter.record.offset for letter in applied.parked] == [1]
    assert await pool.fetchval("SELECT subject FROM emails") == "subject 1"


async def test_attachments_follow_the_content(pool: asyncpg.Pool, applier: MessageApplier) -> None:
    first = build.content(1, attachments=[Attachment(id="a"), Attachment(id="a"), Attachment(id="b")])
    second = build.content(2, attachments=[Attachment(id="c", is_inline=True)])
    await applier.apply(build.records(first))
    assert await pool.fetchval("SELECT has_attachments FROM emails")
    await applier.apply(build.records(second))
    await applier.apply(build.records(first, build.state(3)))
    assert await pool.fetchval("SELECT array_agg(nylas_attachment_id) FROM email_attachments") == ["c"]
    assert not await pool.fetchval("SELECT has_attachments FROM emails")


async def test_a_flag_storm_leaves_bodies_where_they_are(pool: asyncpg.Pool, applier: MessageApplier) -> None:
    letters = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(30_000))
    await applier.apply(build.records(build.content(1, body=letters), build.state(1)))
    before = await toast_pages(pool)
    for at in range(2, 60):
        await applier.apply(build.records(build.state(at, unread=at % 2 == 0)))
    assert await toast_pages(pool) == before
    assert await pool.fetchval("SELECT body_html FROM emails") == letters


async def toast_pages(pool: asyncpg.Pool) -> int:
    size: int = await pool.fetchval(
        "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = 'emails'::regclass"
    )
    return size


async def test_a_large_batch_takes_several_statements(pool: asyncpg.Pool, applier: MessageApplier) -> None:
    events = [build.content(1, message=f"m{n}", thread=f"t{n % 7}", body="x" * 20_000) for n in range(450)]
    applied = await applier.apply(build.records(*events))
    assert applied.changed == 450
    assert await pool.fetchval("SELECT sum(message_count) FROM email_threads") == 450


async def test_a_tombstone_purges_and_what_comes_after_it_counts(
    pool: asyncpg.Pool, applier: MessageApplier
) -> None:
    other = build.content(1, message="n", attachments=[Attachment(id="a")])
    await applier.apply(build.records(build.content(1), build.state(1), other))
    applied = await applier.apply(
        [
            build.record(build.state(5), 0),
            build.tombstone("g/m/content"),
            build.tombstone("g/m/state"),
            build.tombstone("nonsense"),
        ]
    )
    assert [letter.record.key for letter in applied.parked] == [b"nonsense"]
    assert await pool.fetchval("SELECT array_agg(nylas_message_id) FROM emails") == ["n"]
    assert await pool.fetchval("SELECT message_count FROM email_threads") == 1
    await applier.apply([build.tombstone("g/n/state"), build.record(build.content(9, message="n"), 1)])
    assert await pool.fetchval("SELECT subject FROM emails") == "subject 9"
    assert await pool.fetchval("SELECT count(*) FROM email_attachments") == 0
    await applier.apply([build.tombstone("g/n/content")])
    assert await pool.fetchval("SELECT count(*) FROM email_threads") == 0


async def test_a_purge_that_ends_between_a_message_s_tombstones_finds_the_message_again(
    pool: asyncpg.Pool, applier: MessageApplier
) -> None:
    await applier.apply(build.records(build.content(1), build.state(1)))
    first, *rest = [build.tombstone(f"g/m/{end}") for end in PURGED_PARTS]
    await applier.apply([first])
    assert await pool.fetchval("SELECT count(*) FROM emails") == 1
    await applier.apply(rest)
    assert await pool.fetchval("SELECT count(*) FROM emails") == 0
