"""A database with many accounts in every condition, and much mail, made by a few statements.

No sync is due for the first hour, or accounts would become "behind" one after the other while pages are measured.
"""

import asyncpg

RUNS = 24
DELTAS_PER_ACCOUNT = 10
"""Ended deltas of each account in the task table; a week of them at the default interval would be 672."""

ACCOUNTS = """
INSERT INTO email_accounts (
    id, user_id, email_address, display_name, provider, nylas_grant_id, status, connected_at, last_sync_at,
    last_sync_error, last_outcome_at, observed_at, source_rank, event_id, first_pass_at, last_delta_at, proven_at
)
SELECT
    md5('account' || n)::uuid, 'user-' || n, 'person' || n || '@'
        || (ARRAY['example.com', 'example.org', 'mail.test'])[1 + n % 3],
    'Person ' || n, (ARRAY['google', 'microsoft', 'imap'])[1 + n % 3], 'grant-' || n,
    CASE WHEN n % 100 = 7 THEN 'invalid' WHEN n % 100 = 13 THEN 'paused' ELSE 'active' END,
    now() - make_interval(days => 1 + n % 300),
    CASE WHEN n % 100 = 17 THEN NULL
        WHEN n % 100 IN (7, 13, 23) THEN now() - make_interval(hours => 3 + n % 90)
        ELSE now() - make_interval(secs => (n * 7919) % 870) END,
    CASE WHEN n % 100 = 23 THEN 'Nylas answers 503 (request_id req-' || n || ')' END,
    now() - make_interval(secs => (n * 7919) % 870), 1, 3, 'e',
    CASE WHEN n % 100 <> 17 THEN now() - interval '1 day' END,
    CASE WHEN n % 100 IN (7, 13, 23) THEN now() - make_interval(hours => 3 + n % 90)
        ELSE now() - make_interval(secs => (n * 7919) % 870) END,
    CASE WHEN n % 10 < 8 THEN now() - interval '1 day' END
FROM generate_series(1, $1::integer) AS n
"""

SCHEDULES = """
INSERT INTO account_schedules (
    grant_id, next_sync_at, watermark, failures, not_before, last_finished_at, active_observed_at, live_watermark,
    throttled_since, decision, decided_at, next_audit_at, recheck_at
)
SELECT
    'grant-' || n, now() + interval '1 hour' + make_interval(secs => 900 - (n * 7919) % 870),
    CASE WHEN n % 100 <> 17 THEN extract(EPOCH FROM coalesce(a.last_sync_at, now()))::bigint END,
    CASE WHEN n % 100 = 23 THEN 4 ELSE 0 END,
    CASE WHEN n % 100 = 29 THEN now() + interval '1 hour' END, a.last_sync_at, 1,
    extract(EPOCH FROM now())::bigint, CASE WHEN n % 100 = 29 THEN now() - interval '20 minutes' END,
    CASE WHEN n % 100 = 13 THEN 'paused' END,
    CASE WHEN n % 100 = 13 THEN (extract(EPOCH FROM now() - interval '2 days') * 1000000)::bigint END,
    now() + interval '3 days', CASE WHEN n % 100 = 7 THEN now() + interval '2 hours' END
FROM generate_series(1, $1::integer) AS n
INNER JOIN email_accounts AS a ON a.nylas_grant_id = 'grant-' || n
"""

TASKS = """
INSERT INTO sync_tasks (
    task_id, grant_id, kind, state, due_at, created_at, finished_at, outcome, error, synced_count, attempts, sent_at,
    began_at, busy_seconds
)
SELECT
    gen_random_uuid(), 'grant-' || n, 'delta', 'done', now() - k * interval '15 minutes',
    now() - k * interval '15 minutes', now() - k * interval '15 minutes' + interval '2 seconds',
    CASE WHEN n % 100 = 23 AND k < 5 THEN 'failed' ELSE 'ok' END,
    CASE WHEN n % 100 = 23 AND k < 5 THEN 'Nylas answers 503 (request_id req-' || n || '-' || k || ')' END,
    (n + k) % 4, 1, now() - k * interval '15 minutes', now() - k * interval '15 minutes', 0.7
FROM generate_series(1, $1::integer) AS n, generate_series(1, $2::integer) AS k
"""

BACKFILLS = """
INSERT INTO sync_tasks (
    task_id, grant_id, kind, state, due_at, lease_until, created_at, began_at, sent_at, until, watermark, oldest,
    synced_count, busy_seconds, reported_at
)
SELECT
    gen_random_uuid(), 'grant-' || n, 'backfill', 'leased', now(), now() + interval '1 minute',
    now() - interval '30 minutes', now() - interval '30 minutes', now() - interval '20 seconds',
    extract(EPOCH FROM now() - interval '400 days')::bigint, extract(EPOCH FROM now())::bigint,
    extract(EPOCH FROM now() - interval '1000 days')::bigint, 41250, 720,
    (extract(EPOCH FROM now()) * 1000000)::bigint
FROM generate_series(17, $1::integer, 100) AS n
"""

HELD = """
INSERT INTO held_deletions (grant_id, message_id, state, held_at)
SELECT 'grant-' || n, 'message-' || k, 'held', (extract(EPOCH FROM now() - interval '3 hours') * 1000000)::bigint
FROM generate_series(31, $1::integer, 100) AS n, generate_series(1, 60) AS k
"""

INCIDENTS = """
INSERT INTO incidents (id, kind, subject, reason, opened_at, alerted_at)
SELECT
    gen_random_uuid(), CASE n % 100 WHEN 7 THEN 'grant-invalid' WHEN 23 THEN 'sync-failing' ELSE 'deletions-held' END,
    'grant-' || n,
    CASE n % 100
        WHEN 7 THEN 'the grant has expired' WHEN 23 THEN 'Nylas answers 503'
        ELSE '60 deletions wait for a decision'
    END,
    (extract(EPOCH FROM now() - make_interval(hours => 1 + n % 70)) * 1000000)::bigint, now()
FROM generate_series(1, $1::integer) AS n
WHERE n % 100 IN (7, 23, 31)
"""

RUN_ROWS = """
INSERT INTO sync_runs (id, kind, status, started_at, finished_at)
SELECT
    md5('run' || k)::uuid, 'cron', 'finished', now() - k * interval '15 minutes',
    now() - k * interval '15 minutes' + interval '40 seconds'
FROM generate_series(1, $1::integer) AS k
"""

RUN_ACCOUNTS = """
INSERT INTO sync_run_accounts (run_id, account_id, grant_id, email_address, status, synced_count, error, finished_at)
SELECT
    md5('run' || k)::uuid, a.id, a.nylas_grant_id, a.email_address,
    CASE WHEN a.status <> 'active' THEN 'skipped' WHEN a.last_sync_error IS NOT NULL THEN 'failed' ELSE 'success' END,
    k % 3, a.last_sync_error, now()
FROM email_accounts AS a, generate_series(1, $1::integer) AS k
"""

RUN_SUMS = """
UPDATE sync_runs AS r
SET (total, successful, failed, skipped, synced) = (
    SELECT
        count(*), count(*) FILTER (WHERE a.status = 'success'), count(*) FILTER (WHERE a.status = 'failed'),
        count(*) FILTER (WHERE a.status = 'skipped'), sum(a.synced_count)
    FROM sync_run_accounts AS a
    WHERE a.run_id = r.id
)
"""

AUDITS = """
INSERT INTO audit_reports (
    task_id, audit_id, grant_id, pass, started_at, finished_at, outcome, proves, contents, messages_in_account,
    messages_synced, messages_missing
)
SELECT
    md5('audit' || n)::uuid, md5('audit' || n)::uuid, 'grant-' || n, 2, now() - interval '1 day',
    now() - interval '23 hours',
    'ok', ARRAY['ids', 'state', 'folders', 'content'], 40, 4000, CASE WHEN n % 10 < 8 THEN 4000 ELSE 3980 END,
    CASE WHEN n % 10 < 8 THEN 0 ELSE 20 END
FROM generate_series(1, $1::integer) AS n
"""

AUDIT_FOLDERS = """
INSERT INTO audit_folders (task_id, folder_id, in_account, synced, missing, extra, differing)
SELECT md5('audit' || n)::uuid, f, 1200, CASE WHEN n % 10 < 8 THEN 1200 ELSE 1193 END,
    CASE WHEN n % 10 < 8 THEN 0 ELSE 7 END, 0, 0
FROM generate_series(1, $1::integer) AS n, unnest(ARRAY['inbox', 'sent', 'archive', 'spam']) AS f
"""

FOLDERS = """
INSERT INTO email_folders (id, account_id, nylas_folder_id, name, attributes, observed_at, source_rank, event_id)
SELECT md5(a.id || f)::uuid, a.id, f, initcap(f), ARRAY['\\' || initcap(f)], 1, 3, 'e'
FROM email_accounts AS a, unnest(ARRAY['inbox', 'sent', 'archive', 'spam']) AS f
"""

EMAILS = """
INSERT INTO emails (
    id, account_id, nylas_message_id, subject, snippet, body_html, received_at, folders, content_observed_at,
    content_rank, state_observed_at, state_rank
)
SELECT
    md5('mail' || n)::uuid, md5('account' || (1 + n % $1::integer))::uuid, 'message-' || n, 'Subject ' || n,
    repeat('snippet ', 10), repeat('A body of ordinary length. ', 40), now() - make_interval(mins => n % 500000),
    ARRAY['inbox'], (extract(EPOCH FROM now()) * 1000000)::bigint - n, CASE n % 3 WHEN 0 THEN 1 ELSE 3 END,
    (extract(EPOCH FROM now()) * 1000000)::bigint - n, 3
FROM generate_series($2::integer, $3::integer) AS n
"""

EMAILS_AT_ONCE = 100_000


async def seed(database_url: str, *, accounts: int, messages: int) -> None:
    """Fill a migrated database.

    Args:
        database_url: of an empty database.
        accounts: how many; of each hundred one is paused, one dead, one throttled, one failing, one backfilling, and
            one has held deletions.
        messages: how many, spread over all accounts.
    """
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET synchronous_commit = off")
        for statement in (ACCOUNTS, SCHEDULES, BACKFILLS, HELD, INCIDENTS, AUDITS, AUDIT_FOLDERS):
            await connection.execute(statement, accounts)
        await connection.execute(TASKS, accounts, DELTAS_PER_ACCOUNT)
        await connection.execute(FOLDERS)
        await connection.execute(RUN_ROWS, RUNS)
        await connection.execute(RUN_ACCOUNTS, RUNS)
        await connection.execute(RUN_SUMS)
        for first in range(1, messages + 1, EMAILS_AT_ONCE):
            last = min(first + EMAILS_AT_ONCE - 1, messages)
            await connection.execute(EMAILS, accounts, first, last)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
