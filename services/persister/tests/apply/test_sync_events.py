"""Outcomes of syncs are recorded alike in any order."""

from itertools import permutations
from uuid import UUID

import asyncpg

from mailtide_common.contracts.codec import Record, encode
from mailtide_common.contracts.events import (
    FIRST_SYNC_ENDED,
    AlertKind,
    AlertRaised,
    Compared,
    DeletionsHeld,
    MailboxProven,
    SyncKind,
    SyncOutcome,
    SyncWanted,
)
from mailtide_common.contracts.times import UnixMicros
from mailtide_harness import persister as build
from mailtide_harness.persister import SECOND, Tables
from mailtide_persister.apply.accounts import AccountApplier
from mailtide_persister.apply.sync_events import SyncEventApplier
from mailtide_persister.rows.rows import moment_us


async def outcome(pool: asyncpg.Pool) -> tuple[int, str | None]:
    row = await pool.fetchrow("SELECT last_sync_at, last_sync_error FROM email_accounts")
    return int(row["last_sync_at"].timestamp()), row["last_sync_error"]


async def test_order_and_repeats_change_nothing(pool: asyncpg.Pool, tables: Tables) -> None:
    applier = SyncEventApplier(pool)
    events = [
        build.finished(1 * SECOND),
        build.finished(3 * SECOND, kind=SyncKind.BACKFILL),
        build.finished(2 * SECOND, SyncOutcome.FAILED, error="boom"),
        build.finished(4 * SECOND, SyncOutcome.GRANT_INVALID),
    ]
    for order in permutations(events):
        await tables.clear()
        for event in order:
            await applier.apply(build.records(event))
        assert await outcome(pool) == (3, "grant-invalid")
        await applier.apply(build.records(*order))
        assert await outcome(pool) == (3, "grant-invalid")
    written = await tables.writers()
    assert (await applier.apply(build.records(*events))).changed == 0
    assert await tables.writers() == written
    await applier.apply(build.records(build.finished(5 * SECOND)))
    assert await outcome(pool) == (5, None)


async def test_a_delta_counts_only_when_the_whole_mailbox_was_listed(
    pool: asyncpg.Pool, tables: Tables
) -> None:
    applier = SyncEventApplier(pool)
    await applier.apply(build.records(build.finished(2 * SECOND)))
    row = await pool.fetchrow("SELECT last_sync_at, last_sync_error FROM email_accounts")
    assert tuple(row) == (None, None)
    events = [
        build.finished(2 * SECOND),
        build.finished(3 * SECOND, kind=SyncKind.BACKFILL),
        build.finished(1 * SECOND, kind=SyncKind.BACKFILL),
        build.finished(4 * SECOND),
    ]
    for order in permutations(events):
        await tables.clear()
        for event in order:
            await applier.apply(build.records(event))
        assert await outcome(pool) == (4, None)
        first = await pool.fetchval("SELECT first_pass_at FROM email_accounts")
        assert first.timestamp() == 1


async def test_what_others_read_is_no_dead_letter(pool: asyncpg.Pool) -> None:
    applied = await SyncEventApplier(pool).apply(
        build.records(
            DeletionsHeld(task_id=UUID(int=1), grant_id="g", message_ids=("m",), at=1),
            AlertRaised(kind=AlertKind.WEBHOOK_DOWN, subject="w/1", reason="gone", at=1),
            build.finished(1 * SECOND, kind=SyncKind.AUDIT),
            build.finished(2 * SECOND, kind=SyncKind.PURGE),
        )
    )
    assert (applied.changed, applied.parked) == (0, ())


async def test_only_passes_over_the_mailbox_count(pool: asyncpg.Pool) -> None:
    applied = await SyncEventApplier(pool).apply(
        build.records(
            build.finished(1 * SECOND, kind=SyncKind.MESSAGE),
            build.finished(2 * SECOND, SyncOutcome.THROTTLED),
            SyncWanted(grant_id="g", kind=SyncKind.DELTA, reason="test"),
        )
    )
    assert applied.changed == 0
    assert not applied.parked
    assert await pool.fetchval("SELECT count(*) FROM email_accounts") == 0


async def test_what_cannot_be_read_is_parked(pool: asyncpg.Pool) -> None:
    junk = Record("mail.sync-events.v1", 0, 7, b"g", None, [], 0)
    applied = await SyncEventApplier(pool).apply([*build.records(build.finished(1 * SECOND)), junk])
    assert [letter.record.offset for letter in applied.parked] == [7]
    assert applied.changed == 1


async def test_a_proof_counts_until_the_mailbox_turns_out_larger_in_any_order(
    pool: asyncpg.Pool, tables: Tables
) -> None:
    applier = SyncEventApplier(pool)
    larger = encode(SyncWanted(grant_id="g", kind=SyncKind.BACKFILL, reason=FIRST_SYNC_ENDED), source="test")
    record = Record("mail.sync-events.v1", 0, 9, larger.key, larger.value, larger.headers, 5_000)
    found_at = 5 * SECOND

    def proof(at: int) -> Record:
        (made,) = build.records(MailboxProven(grant_id="g", proven_at=at, proves=(Compared.IDS,)))
        return made

    early, late, later = proof(found_at - SECOND), proof(found_at + SECOND), proof(found_at + 2 * SECOND)
    for records, expected in (
        ([early], found_at - SECOND),
        ([early, record], None),
        ([early, record, late], found_at + SECOND),
        ([early, record, late, later], found_at + 2 * SECOND),
    ):
        for order in permutations(records):
            await tables.clear()
            await AccountApplier(pool).apply(build.records(build.account(1)))
            for each in order:
                await applier.apply([each])
            await applier.apply(order)
            row = await pool.fetchrow("SELECT proven_at FROM email_accounts")
            assert row["proven_at"] == (None if expected is None else moment_us(UnixMicros(expected)))
            assert (await applier.apply(order)).changed == 0


async def test_a_mailbox_that_is_throttled_without_an_end_says_so_until_a_pass_ends(
    pool: asyncpg.Pool, tables: Tables
) -> None:
    await tables.clear()
    applier = SyncEventApplier(pool)
    end = build.finished(1 * SECOND, kind=SyncKind.BACKFILL)
    alert = AlertRaised(
        kind=AlertKind.GRANT_THROTTLED, subject=end.grant_id, reason="throttled", at=2 * SECOND
    )
    await applier.apply(build.records(end, alert))
    assert await outcome(pool) == (1, "throttled")
    await applier.apply(build.records(build.finished(3 * SECOND), alert))
    assert await outcome(pool) == (3, None)
