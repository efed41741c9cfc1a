"""The cost of a pass must not grow with the number of accounts, as it would if a plan scanned a table."""

from pathlib import Path
from typing import Any

import asyncpg

import mailtide_scheduler
from mailtide_scheduler.tasks.delays import spread
from mailtide_scheduler.tasks.store import force_index_scans

STATEMENT_FILES = {file.stem: file for file in Path(mailtide_scheduler.__file__).parent.rglob("sql/*.sql")}

ACCOUNTS = 20_000
SCANS = ("Seq Scan on sync_tasks", "Seq Scan on email_accounts", "Seq Scan on account_schedules")
STATEMENTS: dict[str, tuple[Any, ...]] = {
    "claim_tasks": (500, 20.0, 300, 86_400, 604_800, 3_600.0, 2_592_000, 86_400.0, 604_800, 3_600.0),
    "enqueue_due_deltas": (*spread(900.0), 1_000),
    "schedule_postponed": (900.0, 1_000),
    "enqueue_due_audits": (*spread(604_800.0), 1_000),
    "enqueue_due_folder_lists": (*spread(3_600.0), 1_000),
    "enqueue_due_proofs": ([3.0, 3_600.0], 3_600.0, 1_000),
    "list_unpublished_proofs": (100,),
    "enqueue_due_rechecks": (*spread(3_600.0), 1_000),
    "list_accounts_awaiting_backfill": (1_000,),
    "suspend_tasks": (60.0, 1_000),
    "resume_tasks": (None, 1_000),
    "skip_inactive": (),
    "get_next_due": (),
    "list_unpublished_incidents": (100,),
    "list_overruled_accounts": (1_000,),
}

FILL = """
INSERT INTO email_accounts (id, nylas_grant_id, status)
SELECT gen_random_uuid(), 'g' || n, 'active' FROM generate_series(1, {n}) AS n;
INSERT INTO account_schedules (grant_id, next_sync_at, watermark, next_audit_at, live_watermark)
SELECT nylas_grant_id, now() + interval '1 hour', 1, now() + interval '1 day', 1 FROM email_accounts;
INSERT INTO sync_runs (id, kind, status, started_at) VALUES (gen_random_uuid(), 'cron', 'running', now());
INSERT INTO sync_tasks (task_id, grant_id, kind, state, due_at, created_at)
SELECT id, nylas_grant_id, 'delta', 'pending', now(), now() FROM email_accounts;
INSERT INTO sync_run_accounts (run_id, account_id, grant_id, status, task_id)
SELECT r.id, a.id, a.nylas_grant_id, 'pending', a.id FROM sync_runs AS r CROSS JOIN email_accounts AS a;
ANALYZE;
"""


async def test_no_pass_scans_a_table(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute(FILL.format(n=ACCOUNTS))
        for name, arguments in STATEMENTS.items():
            async with connection.transaction():
                await force_index_scans(connection)
                rows = await connection.fetch(
                    f"EXPLAIN {STATEMENT_FILES[name].read_text('utf-8')}", *arguments
                )
            plan = "\n".join(row[0] for row in rows)
            assert not [scan for scan in SCANS if scan in plan], f"{name}:\n{plan}"
