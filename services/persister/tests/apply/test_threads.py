"""Threads that are updated by differences equal threads that are folded from all their messages."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import asyncpg
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import Address, MessageContent, MessageState
from mailtide_harness import persister as build
from mailtide_harness.persister import Tables
from mailtide_persister.apply import store
from mailtide_persister.apply.messages import MessageApplier
from mailtide_persister.rows.rows import Row, message_row

MESSAGES = "abcde"
PEOPLE = [
    Address(name=None, email="x@example.com"),
    Address(name="X", email="X@example.com"),
    Address(name="Xenia", email="x@example.com"),
    Address(name="Y", email="y@example.com"),
    Address(name=None, email="Y@example.com"),
    Address(name="Z", email=None),
    Address(name=None, email=None),
]

Step = tuple[Any, ...]

STEPS = st.one_of(
    st.tuples(
        st.just("content"),
        st.sampled_from(MESSAGES),
        st.integers(1, 20),
        st.sampled_from(["t", "t", "u", None]),
        st.integers(0, 2),
        st.lists(st.sampled_from(PEOPLE), max_size=3),
    ),
    st.tuples(st.just("state"), st.sampled_from(MESSAGES), st.integers(1, 20), st.booleans()),
    st.tuples(st.just("deleted"), st.sampled_from(MESSAGES), st.integers(1, 20)),
    st.tuples(st.just("purged"), st.sampled_from(MESSAGES)),
    st.tuples(st.just("cut")),
    st.tuples(st.just("lost"), st.sampled_from("tu")),
)
"""Versions may be older than the stored one, contents may repeat, move to another thread or change who is named."""


def record_of(step: Step) -> Record:
    kind, message = step[:2]
    if kind == "content":
        _, _, at, thread, seconds, people = step
        event = build.content(
            at,
            message=message,
            thread=thread,
            received_at=1_700_000_000 + seconds,
            sender=tuple(people),
            to=(),
        )
        return build.record(event)
    if kind == "purged":
        return build.tombstone(f"g/{message}/content")
    if kind == "deleted":
        return build.record(build.state(step[2], message=message, deleted=True))
    return build.record(build.state(step[2], message=message, unread=step[3]))


def folded(rows: Sequence[asyncpg.Record]) -> dict[Any, tuple[Any, ...]]:
    """The meaning of the table: each thread from all its messages that are not deleted."""
    threads = defaultdict(list)
    for row in rows:
        if row["thread_id"] is not None and row["deleted_at"] is None:
            threads[row["thread_id"]].append(row)
    return {thread: _fold(members) for thread, members in threads.items()}


def _fold(members: list[asyncpg.Record]) -> tuple[Any, ...]:
    members.sort(key=lambda row: (row["received_at"], row["id"]))
    mentions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in reversed(members):
        within = row["from_address"] + row["to_addresses"] + row["cc_addresses"]
        for person in sorted(within, key=lambda p: (p["name"] is None, p["email"] or "", p["name"] or "")):
            key = person["email"].lower() if person["email"] is not None else (person["name"] or "")
            mentions[key].append(person)
    best = {
        key: next((p for p in found if p["name"] is not None), found[0]) for key, found in mentions.items()
    }
    return (
        len(members),
        sum(not row["is_read"] for row in members),
        members[0]["subject"],
        members[-1]["snippet"],
        members[0]["received_at"],
        members[-1]["received_at"],
        [person for _, person in sorted(best.items())],
    )


async def stored(pool: asyncpg.Pool) -> dict[Any, tuple[Any, ...]]:
    columns = (
        "message_count", "unread_count", "subject", "snippet", "first_message_at", "last_message_at", "participants",
    )  # fmt: skip
    return {
        row["id"]: tuple(row[column] for column in columns)
        for row in await pool.fetch("SELECT * FROM email_threads")
    }


@settings(max_examples=150)
@given(steps=st.lists(STEPS, max_size=30))
@example(
    steps=[  # one of two messages that name a mailbox leaves while a flag of the other changes
        ("content", "a", 1, "t", 0, [PEOPLE[1]]),
        ("content", "b", 1, "t", 1, [PEOPLE[1]]),
        ("state", "b", 1, True),
        ("cut",),
        ("deleted", "a", 2),
        ("state", "b", 2, False),
    ]
)
@example(
    steps=[  # the only name leaves, and a nameless mention of the same mailbox remains
        ("content", "a", 1, "t", 0, [PEOPLE[0]]),
        ("cut",),
        ("content", "b", 1, "t", 1, [PEOPLE[1]]),
        ("cut",),
        ("deleted", "b", 2),
    ]
)
async def test_differences_equal_the_full_fold(
    steps: list[Step], pool: asyncpg.Pool, tables: Tables, applier: MessageApplier
) -> None:
    """INV-13. Every batch is compared; `lost` deletes a thread's row, which the next message repairs."""
    await tables.clear()
    lost = set()
    for kind, batch in groupby(steps, key=lambda step: step[0] if step[0] in ("cut", "lost") else "batch"):
        if kind == "lost":
            names = [step[1] for step in batch]
            lost |= {
                row["id"]
                for row in await pool.fetch(
                    "DELETE FROM email_threads WHERE nylas_thread_id = ANY($1) RETURNING id", names
                )
            }
        elif kind == "batch":
            await applier.apply([record_of(step) for step in batch])
        present = await stored(pool)
        expected = folded(await pool.fetch("SELECT * FROM emails"))
        lost -= present.keys()
        assert present == {thread: fold for thread, fold in expected.items() if thread not in lost}


async def test_a_long_thread_is_not_read(pool: asyncpg.Pool, applier: MessageApplier) -> None:
    """One more message, a read flag and a deletion at either end read as many rows as in a short thread."""
    rows = {}
    for length in (3, 600):
        thread = f"t{length}"
        await applier.apply(
            build.records(
                *(
                    build.content(1, message=f"{length}-{n}", thread=thread, received_at=1_700_000_000 + n)
                    for n in range(length)
                )
            )
        )
        new = build.content(1, message=f"{length}-new", thread=thread, received_at=1_700_000_000 + length)
        changes: list[tuple[MessageContent | None, MessageState | None]] = [
            (new, None),
            (None, build.state(2, message=f"{length}-1", unread=True)),
            (None, build.state(3, message=f"{length}-new", deleted=True)),
            (None, build.state(3, message=f"{length}-0", deleted=True)),
        ]
        rows[length] = [await _rows_read(pool, message_row(*parts)) for parts in changes]
    assert all(long <= short + 2 for short, long in zip(rows[3], rows[600], strict=True)), rows


async def _rows_read(pool: asyncpg.Pool, row: Row) -> int:
    """The rows of `emails` that Postgres fetches for one changed message."""
    count = "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'emails'"
    async with store.locked_grants(pool, ["g"]) as connection:
        before = await connection.fetchval(count)
        await store.upsert_messages(connection, [row])
        return int(await connection.fetchval(count) - before)
