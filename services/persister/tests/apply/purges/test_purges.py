"""Markers of purges in any order, on any state of the database, and of releases that wrote none."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any, cast
from uuid import uuid4

import asyncpg
import pytest

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.events import Account, Purged, SyncKind, SyncWanted
from mailtide_common.contracts.keys import account_uuid
from mailtide_common.contracts.topics import DEAD_LETTERS, FOLDERS, PURGES
from mailtide_common.contracts.versions import Source
from mailtide_common.runtime.errors import TransientError
from mailtide_harness import persister as build
from mailtide_harness.persister import AMBIGUITY, Tables
from mailtide_harness.publisher import RecordingPublisher
from mailtide_persister.apply import store
from mailtide_persister.apply.accounts import AccountApplier
from mailtide_persister.apply.appliers import build_appliers
from mailtide_persister.apply.batch_result import BatchResult
from mailtide_persister.apply.dead_letters import DeadLetterApplier
from mailtide_persister.apply.folders import FolderApplier
from mailtide_persister.apply.messages import MessageApplier
from mailtide_persister.apply.purges.erase import erase_account
from mailtide_persister.apply.purges.follow import PurgeFollower
from mailtide_persister.apply.purges.purges import PurgeApplier
from mailtide_persister.apply.sync_events import SyncEventApplier

G = account_uuid("g")


async def test_connected_before_stays_out_and_connected_since_stays_in_whatever_comes_first(
    pool: asyncpg.Pool, tables: Tables
) -> None:
    """Also if the newest snapshot is not a connect, since compaction keeps only that one (INV-23)."""
    for connected_at, expected in ((4, []), (6, ["g"])):
        snapshot = build.account(9, source=Source.API, connected_at=connected_at)
        for order in permutations((snapshot, Purged(account_id=G, purged_at=5))):
            await tables.clear()
            for event in order:
                applier: Any = AccountApplier(pool) if isinstance(event, Account) else PurgeApplier(pool)
                await applier.apply(build.records(event))
            found = await pool.fetch("SELECT nylas_grant_id FROM email_accounts")
            assert [row["nylas_grant_id"] for row in found] == expected, order


async def test_the_latest_purge_of_a_batch_counts(pool: asyncpg.Pool, tables: Tables) -> None:
    for times in permutations((3, 5)):
        await tables.clear()
        await AccountApplier(pool).apply(build.records(build.account(4)))
        await PurgeApplier(pool).apply(build.records(*(Purged(account_id=G, purged_at=at) for at in times)))
        assert await pool.fetchval("SELECT count(*) FROM email_accounts") == 0, times


async def test_a_new_connection_is_noted_in_the_marker_and_counts_for_snapshots_that_know_of_none(
    pool: asyncpg.Pool, tables: Tables
) -> None:
    markers = RecordingPublisher()
    applier = AccountApplier(pool, markers)
    await PurgeApplier(pool).apply(build.records(Purged(account_id=G, purged_at=5)))
    await applier.apply(build.records(build.account(4)))
    assert markers.events == []
    await applier.apply(build.records(build.account(7)))
    assert markers.events == [Purged(account_id=G, purged_at=5, lifted_at=7)]
    await tables.clear()
    await PurgeApplier(pool).apply(build.records(Purged(account_id=G, purged_at=5), *markers.events))
    await applier.apply(build.records(build.account(9, source=Source.API)))
    assert await pool.fetchval("SELECT status FROM email_accounts") == "active"


async def test_leftovers_on_replay_and_outcomes_at_any_time_make_nothing_that_is_called(
    pool: asyncpg.Pool, tables: Tables
) -> None:
    replayed = build_appliers(pool, None, ambiguity_seconds=5)
    for event in (build.content(1), build.folder(1), build.finished(1)):
        await tables.clear()
        await replayed.of(event.topic)(build.records(event))
        assert await pool.fetchval("SELECT status FROM email_accounts") == "removed"
    await tables.clear()
    await SyncEventApplier(pool).apply(build.records(build.finished(1)))
    assert await pool.fetchval("SELECT status FROM email_accounts") == "removed"
    await AccountApplier(pool).apply(build.records(build.account(1)))
    assert await pool.fetchval("SELECT status FROM email_accounts") == "active"


async def test_purges_of_earlier_versions_get_their_marker_and_lose_the_grant(pool: asyncpg.Pool) -> None:
    markers = RecordingPublisher()
    await pool.execute("INSERT INTO purged_grants VALUES ('g', to_timestamp(5))")
    await PurgeApplier(pool).adopt(markers)
    assert markers.events == [Purged(account_id=G, purged_at=5_000_000)]
    assert await pool.fetchval("SELECT count(*) FROM purged_grants") == 0
    assert (await AccountApplier(pool).apply(build.records(build.account(4_000_000)))).changed == 0


async def test_what_comes_after_a_purge_is_buried_and_not_kept(pool: asyncpg.Pool) -> None:
    burials = RecordingPublisher()
    await PurgeApplier(pool).apply(build.records(Purged(account_id=G, purged_at=5)))
    await AccountApplier(pool, burials).apply(build.records(build.account(9, source=Source.API)))
    assert burials.events == [SyncWanted(grant_id="g", kind=SyncKind.PURGE, reason="kept out")]
    await FolderApplier(pool, burials).apply(build.records(build.folder(9), build.folder(9, grant="h")))
    buried = burials.records[-1]
    assert (buried.topic, buried.key, buried.value) == (FOLDERS.name, b"g/f", None)
    letters = [
        Record(DEAD_LETTERS.name, 0, n, key, b"text", [], 10**12)
        for n, key in enumerate((b"g/m/state", b"h"))
    ]
    assert (await DeadLetterApplier(pool).apply(letters)).changed == 1
    assert await pool.fetchval("SELECT array_agg(key) FROM dead_letters") == [b"h"]
    await PurgeApplier(pool).prune()
    assert await pool.fetchval("SELECT count(*) FROM dead_letters") == 0, (
        "it is older than its topic keeps it"
    )


async def test_parked_records_of_a_purged_account_go(pool: asyncpg.Pool) -> None:
    await AccountApplier(pool).apply(build.records(build.account(1)))
    keys = (b"g", b"g/m/state", b"gg", b"h/g", b"", None)
    letters = [Record(DEAD_LETTERS.name, 0, n, key, b"text", [], 10**12) for n, key in enumerate(keys)]
    assert (await DeadLetterApplier(pool).apply(letters)).changed == len(keys)
    await PurgeApplier(pool).apply(build.records(Purged(account_id=G, purged_at=5)))
    left = {row["key"] for row in await pool.fetch("SELECT key FROM dead_letters")}
    assert left == {b"gg", b"h/g", b"", None}


async def test_an_erasure_ends_when_the_account_is_connected_again(
    pool: asyncpg.Pool, applier: MessageApplier
) -> None:
    await AccountApplier(pool).apply(build.records(build.account(9)))
    await applier.apply(build.records(build.content(1), build.state(1)))
    await DeadLetterApplier(pool).apply([Record(DEAD_LETTERS.name, 0, 0, b"g", b"text", [], 10**12)])
    assert await erase_account(pool, G) == 0, "it has no marker (any more)"
    kept = await pool.fetchrow(
        "SELECT (SELECT count(*) FROM emails), (SELECT count(*) FROM email_threads),"
        " (SELECT count(*) FROM dead_letters), (SELECT count(*) FROM email_accounts)"
    )
    assert tuple(kept) == (1, 1, 1, 1)


async def test_mail_that_is_being_stored_while_its_account_is_purged_is_not_parked(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead letter would keep it in Kafka for months."""
    await AccountApplier(pool).apply(build.records(build.account(1)))
    list_stored_messages = store.list_stored_messages

    async def purged_after_reading(*args: Any) -> Any:
        monkeypatch.undo()
        stored = await list_stored_messages(*args)
        await PurgeApplier(pool).apply(build.records(Purged(account_id=G, purged_at=5)))
        return stored

    monkeypatch.setattr(store, "list_stored_messages", purged_after_reading)
    requests = RecordingPublisher()
    applier = MessageApplier(pool, requests, ambiguity_microseconds=AMBIGUITY)
    applied = await applier.apply(build.records(build.content(1)))
    assert (applied.changed, applied.parked) == (0, ())
    assert requests.events == [
        SyncWanted(grant_id="g", kind=SyncKind.PURGE, message_id="m", reason="kept out")
    ]


async def test_an_outage_of_postgres_keeps_each_marker_once() -> None:
    """However often the topic is read meanwhile."""
    batches: list[int] = []
    marker = build.records(Purged(account_id=G, purged_at=5))[0]

    class Reader:
        def __init__(self, on_record: Callable[[Record], None]) -> None:
            self._on_record = on_record

        async def start(self) -> None: ...

        async def stop(self) -> None: ...

        async def follow(self, *, timeout_ms: int) -> None:
            assert timeout_ms
            self._on_record(marker)

    class Purges:
        async def apply(self, records: Sequence[Record]) -> BatchResult:
            batches.append(len(records))
            if len(batches) == 3:
                raise asyncio.CancelledError
            raise TransientError("postgres: away")

    follower = PurgeFollower(cast("Any", Reader), cast("Any", Purges()), RecordingPublisher())
    with pytest.raises(asyncio.CancelledError):
        await follower.run()
    assert batches == [1, 1, 1]


async def test_what_is_no_marker_is_named(pool: asyncpg.Pool) -> None:
    key = str(uuid4()).encode()
    junk = [Record(PURGES.name, 0, offset, key, value, [], 0) for offset, value in enumerate((None, b"{}"))]
    applied = await PurgeApplier(pool).apply([*junk, *build.records(Purged(account_id=G, purged_at=5))])
    assert [letter.record.offset for letter in applied.parked] == [0, 1]
    assert await pool.fetchval("SELECT count(*) FROM purged_accounts") == 1
