-- Record when mailboxes were last proven, one array per column; each account occurs once.
-- $1: accounts, $2: when the newest pass began that found nothing wrong, $3: when earlier listings were found to have
-- been incomplete (both may be null).
-- Index: email_accounts_pkey. Safe to repeat and in any order: both only move forward, and a proof from before the
-- finding is void, whichever is written first.
-- INV-21.
UPDATE email_accounts AS a
SET
    proven_at = CASE
        WHEN greatest(a.proven_at, i.proven_at) >= coalesce(greatest(a.unproven_at, i.unproven_at), '-infinity')
        THEN greatest(a.proven_at, i.proven_at)
    END,
    unproven_at = greatest(a.unproven_at, i.unproven_at)
FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS i (id, proven_at, unproven_at)
WHERE
    a.id = i.id
    AND (
        a.unproven_at IS DISTINCT FROM greatest(a.unproven_at, i.unproven_at)
        OR (
            a.proven_at IS DISTINCT FROM greatest(a.proven_at, i.proven_at)
            AND i.proven_at >= coalesce(a.unproven_at, '-infinity')
        )
    )
RETURNING a.id
