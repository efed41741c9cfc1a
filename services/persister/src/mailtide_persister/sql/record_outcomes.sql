-- Note how passes over mailboxes ended, one array per column, no account twice.
-- $1: accounts, $2: the newest clean end (or null), $3, $4: the newest end of any kind that counts, and its error.
-- Index: email_accounts_pkey. Safe to repeat and in any order: both parts only move forward in time.
UPDATE email_accounts AS a
SET
    last_sync_at = greatest(a.last_sync_at, i.clean_at),
    last_sync_error = CASE WHEN a.last_outcome_at >= i.ended_at THEN a.last_sync_error ELSE i.error END,
    last_outcome_at = greatest(a.last_outcome_at, i.ended_at)
FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS i (id, clean_at, ended_at, error)
WHERE
    a.id = i.id
    AND (
        a.last_outcome_at IS NULL OR a.last_outcome_at < i.ended_at
        OR a.last_sync_at < i.clean_at OR (a.last_sync_at IS NULL AND i.clean_at IS NOT NULL)
    )
RETURNING a.id
