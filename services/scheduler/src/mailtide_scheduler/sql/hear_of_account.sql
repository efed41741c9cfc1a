-- Note that an account is active. Under the grant's lock.
-- $1: grant, $2: when that was observed, $3: when it was connected (microseconds since 1970, or null).
-- Gives back whether this connect is news, so that the mailbox is due at once.
-- Index: account_schedules_pkey. Safe to repeat: a connect is news once.
UPDATE account_schedules AS s
SET
    active_observed_at = greatest(s.active_observed_at, $2::bigint),
    connected_at = greatest(s.connected_at, $3::bigint)
FROM (SELECT grant_id, connected_at FROM account_schedules WHERE grant_id = $1::text) AS old
WHERE s.grant_id = old.grant_id
RETURNING coalesce($3::bigint > coalesce(old.connected_at, 0), false) AS connected_anew
