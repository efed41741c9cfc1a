-- Keep a grant out until it is connected again, unless that has happened since the tombstone was written: the
-- tombstone is read again when the log is replayed. Gives back whether the grant is kept out.
-- $1: grant, $2: when the tombstone was written, $3: the same in microseconds.
-- Index: email_accounts_nylas_grant_id_key, purged_grants_pkey. Safe to repeat.
WITH connected_since AS (
    SELECT FROM email_accounts WHERE nylas_grant_id = $1::text AND observed_at > $3::bigint
),
kept_out AS (
    INSERT INTO purged_grants AS p (nylas_grant_id, purged_at)
    SELECT $1::text, $2::timestamptz
    WHERE NOT EXISTS (SELECT FROM connected_since)
    ON CONFLICT (nylas_grant_id) DO UPDATE SET purged_at = excluded.purged_at
    WHERE p.purged_at < excluded.purged_at
)
SELECT NOT EXISTS (SELECT FROM connected_since)
