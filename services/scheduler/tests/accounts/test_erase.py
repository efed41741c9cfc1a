"""Rows of purged grants are deleted once no task is open, and exist again after a new connect."""

from uuid import uuid4

import asyncpg

from mailtide_common.contracts.events import SyncKind, SyncWanted
from mailtide_common.contracts.keys import account_uuid
from mailtide_harness.scheduler import Harness
from mailtide_scheduler.accounts.erase import PurgedGrantEraser

PURGED_AT = 5_000_000
KEPT = {"sync_run_accounts"}
"""Tables that keep a row, without the grant."""


async def tables_with_grants(pool: asyncpg.Pool) -> set[str]:
    rows = await pool.fetch(
        "SELECT table_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE column_name = 'grant_id' AND table_type = 'BASE TABLE'"
    )
    return {row["table_name"] for row in rows}


async def rows_of_grant(pool: asyncpg.Pool, table: str) -> int:
    return int(await pool.fetchval(f"SELECT count(*) FROM {table} WHERE grant_id = 'g'"))  # noqa: S608


async def test_reports_keep_the_accounts_id_and_nothing_else_is_left(pool: asyncpg.Pool) -> None:
    """It covers every table with a grant, also future ones (INV-23)."""
    harness, account = Harness(pool), account_uuid("g")
    eraser = PurgedGrantEraser(pool)
    run = uuid4()
    await pool.execute(
        "INSERT INTO account_schedules (grant_id, next_sync_at) VALUES ('g', now()), ('h', now())"
    )
    await pool.execute(
        "INSERT INTO sync_runs (id, kind, status, started_at) VALUES ($1, 'cron', 'running', now())", run
    )
    await pool.execute(
        "INSERT INTO sync_run_accounts (run_id, account_id, grant_id, email_address, status, error) "
        "VALUES ($1, $2, 'g', 'a@example.org', 'pending', 'e'), ($1, $3, 'h', 'h@example.org', 'success', NULL)",
        run,
        account,
        account_uuid("h"),
    )
    await pool.execute(
        "INSERT INTO incidents (id, kind, subject, reason, opened_at) VALUES ($1, 'grant-invalid', 'g', 'r', 1)",
        uuid4(),
    )
    await pool.execute("INSERT INTO held_deletions VALUES ('g', 'm', 'held', 1)")
    await pool.execute(
        "INSERT INTO audit_reports (task_id, audit_id, grant_id, pass, started_at) VALUES ($1, $1, 'g', 1, now())",
        uuid4(),
    )
    await pool.execute("INSERT INTO held_folders VALUES ('g', 'f', 'held', 1)")
    await pool.execute("INSERT INTO long_ids VALUES ('g', 'digest', 'id')")
    await harness.take(SyncWanted(grant_id="g", kind=SyncKind.MESSAGE, message_id="m", reason="wanted"))
    tables = await tables_with_grants(pool) - KEPT
    assert {table for table in tables if not await rows_of_grant(pool, table)} == set(), (
        "each has a row to erase"
    )
    assert await eraser.erase() == 0, "an account without a row may not be written yet"
    await pool.execute("INSERT INTO purged_accounts VALUES ($1, to_timestamp(5))", account)
    assert await eraser.erase() == 1
    assert {table for table in tables if await rows_of_grant(pool, table)} == set()
    rows = await pool.fetch(
        "SELECT grant_id, email_address, status, error FROM sync_run_accounts ORDER BY status DESC"
    )
    assert [tuple(row) for row in rows] == [
        ("h", "h@example.org", "success", None),
        (str(account), str(account), "skipped", None),
    ]
    assert await pool.fetchval("SELECT subject FROM incidents WHERE ended_at IS NOT NULL") == str(account)

    requested = SyncWanted(grant_id="g", kind=SyncKind.MESSAGE, message_id="m", reason="late")
    burial = SyncWanted(grant_id="g", kind=SyncKind.PURGE, message_id="m", reason="kept out")
    await harness.take(requested, burial)
    assert [request.kind for request in await harness.tick()] == [SyncKind.PURGE], "nobody is called"
    assert await eraser.erase() == 0, "not while something is being buried"
    await pool.execute("UPDATE sync_tasks SET state = 'done' WHERE kind = 'purge'")
    assert await eraser.erase() == 1

    await pool.execute(
        "INSERT INTO account_schedules (grant_id, next_sync_at, connected_at) VALUES ('g', now(), $1)",
        PURGED_AT + 1,
    )
    assert await eraser.erase() == 0, "it was connected again, and its row is not written yet"


async def test_grants_that_must_be_kept_do_not_keep_later_ones_from_being_erased(pool: asyncpg.Pool) -> None:
    """INV-23."""
    await pool.execute(
        "INSERT INTO account_schedules (grant_id, next_sync_at) SELECT 'g' || n, now() FROM generate_series(1, 5) n"
    )
    await pool.execute("INSERT INTO purged_accounts VALUES ($1, now())", account_uuid("g5"))
    eraser = PurgedGrantEraser(pool, batch=2)
    assert [await eraser.erase() for _ in range(3)] == [0, 0, 1]
    await pool.execute("INSERT INTO purged_accounts VALUES ($1, now())", account_uuid("g1"))
    assert await eraser.erase() == 1, "after the last grant, the first is examined again"
