-- Record how deltas and backfills ended, one array per column; each account occurs once.
-- $1: accounts, $2: the first clean end of a backfill, $3: the newest clean end of any kind (both may be null), $4, $5:
-- the newest end of any kind that counts, and its error.
-- Until the whole mailbox was listed, clean deltas keep it current but do not make it complete.
-- Index: email_accounts_pkey. Safe to repeat and in any order: the first only moves back in time, the others forward.
UPDATE email_accounts AS a
SET
    first_pass_at = least(a.first_pass_at, i.first_at),
    last_delta_at = greatest(a.last_delta_at, i.clean_at),
    last_sync_at = CASE
        WHEN coalesce(a.first_pass_at, i.first_at) IS NOT NULL
        THEN greatest(a.last_sync_at, a.last_delta_at, i.clean_at)
    END,
    last_sync_error = CASE WHEN a.last_outcome_at >= i.ended_at THEN a.last_sync_error ELSE i.error END,
    last_outcome_at = greatest(a.last_outcome_at, i.ended_at)
FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::text[]) AS i (
    id, first_at, clean_at, ended_at, error
)
WHERE
    a.id = i.id
    AND (
        a.last_outcome_at IS NULL OR a.last_outcome_at < i.ended_at
        OR a.first_pass_at IS DISTINCT FROM least(a.first_pass_at, i.first_at)
        OR a.last_delta_at IS DISTINCT FROM greatest(a.last_delta_at, i.clean_at)
    )
RETURNING a.id
