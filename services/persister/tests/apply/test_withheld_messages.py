"""Rows are complete or absent: a state waits for its content, and a refused content leaves no partial row."""

import secrets
from itertools import permutations

import asyncpg

from mailtide_common.contracts.keys import message_uuid
from mailtide_harness import persister as build
from mailtide_harness.persister import Tables
from mailtide_persister.apply.accounts import AccountApplier
from mailtide_persister.apply.folders import FolderApplier
from mailtide_persister.apply.messages import MessageApplier

LONG = secrets.token_hex(40_000)
"""Too long for a btree entry, even compressed."""


async def test_ids_of_any_length_are_stored(pool: asyncpg.Pool, applier: MessageApplier) -> None:
    content = build.content(1, message=LONG, thread=LONG)
    applied = await applier.apply(build.records(content, build.state(1, message=LONG, folders=(LONG,))))
    folders = await FolderApplier(pool).apply(build.records(build.folder(1, folder=LONG, name="Long")))
    account = build.account(2, email_address=f"{LONG}@example.com")
    accounts = await AccountApplier(pool).apply(build.records(account))
    assert (applied.parked, folders.parked, accounts.parked) == ((), (), ())
    row = await pool.fetchrow("SELECT * FROM emails WHERE nylas_message_id = $1", LONG)
    assert (row["id"], row["nylas_thread_id"], row["folders"]) == (message_uuid("g", LONG), LONG, [LONG])
    for query in (
        "SELECT subject FROM emails WHERE nylas_message_id = $1",
        "SELECT subject FROM email_threads WHERE nylas_thread_id = $1",
    ):
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SET LOCAL enable_seqscan = off")
            plan = "\n".join(r[0] for r in await connection.fetch(f"EXPLAIN {query}", "m"))
        assert "Index Scan" in plan or "Bitmap Index Scan" in plan, "an id is found by its index"


async def test_a_state_waits_for_its_content_in_any_order(
    pool: asyncpg.Pool, tables: Tables, applier: MessageApplier
) -> None:
    """INV-18."""
    events = [build.state(1), build.state(3, unread=True, folders=("a",)), build.content(2)]
    images = []
    for order in permutations(events):
        await tables.clear()
        for number, event in enumerate(order):
            assert (await applier.apply(build.records(event))).changed <= 1
            whole = build.content(2) in order[: number + 1]
            assert await pool.fetchval("SELECT count(*) FROM emails") == whole
        images.append(await tables.image())
        assert await pool.fetchval("SELECT count(*) FROM withheld_messages") == 0
    assert all(image == images[0] for image in images)
    row = await pool.fetchrow("SELECT is_read, folders, state_observed_at FROM emails")
    assert tuple(row) == (False, ["a"], 3)
    assert await pool.fetchval("SELECT unread_count FROM email_threads") == 1


async def test_a_deletion_waits_too(pool: asyncpg.Pool, applier: MessageApplier) -> None:
    await applier.apply(build.records(build.state(5, deleted=True)))
    assert await pool.fetchval("SELECT count(*) FROM emails") == 0
    await applier.apply(build.records(build.content(2)))
    assert await pool.fetchval("SELECT deleted_at IS NOT NULL FROM emails")
    assert await pool.fetchval("SELECT count(*) FROM email_threads") == 0


async def test_a_refused_content_leaves_no_visible_row_until_it_is_accepted(
    pool: asyncpg.Pool, applier: MessageApplier
) -> None:
    """INV-18."""
    await pool.execute("ALTER TABLE emails ADD CONSTRAINT never CHECK (subject <> 'refused')")
    bad = build.content(1, subject="refused")
    records = build.records(bad, build.state(1, unread=True), build.content(1, message="other"))
    applied = await applier.apply(records)
    assert [letter.record.offset for letter in applied.parked] == [0]
    assert await pool.fetchval("SELECT array_agg(nylas_message_id) FROM emails") == ["other"]
    waiting = await pool.fetchrow("SELECT nylas_message_id, refused_hash, is_read FROM withheld_messages")
    assert tuple(waiting) == ("m", "hash 1", False)
    await pool.execute("ALTER TABLE emails DROP CONSTRAINT never")
    applied = await applier.apply(records[:1])
    assert (applied.changed, applied.parked) == (1, ())  # one record, which also stores the state
    row = await pool.fetchrow("SELECT subject, is_read FROM emails WHERE nylas_message_id = 'm'")
    assert tuple(row) == ("refused", False)
    assert await pool.fetchval("SELECT count(*) FROM withheld_messages") == 0


async def test_tombstones_and_purges_take_what_waits(pool: asyncpg.Pool, applier: MessageApplier) -> None:
    states = [build.state(1, message=name) for name in ("a", "b")]
    await AccountApplier(pool).apply(build.records(build.account(1)))
    await applier.apply(build.records(*states))
    await applier.apply([build.tombstone("g/a/state"), build.tombstone("g/a/content")])
    assert await pool.fetchval("SELECT array_agg(nylas_message_id) FROM withheld_messages") == ["b"]
    await AccountApplier(pool).apply([build.tombstone("g", at_ms=5)])
    assert await pool.fetchval("SELECT count(*) FROM withheld_messages") == 0
