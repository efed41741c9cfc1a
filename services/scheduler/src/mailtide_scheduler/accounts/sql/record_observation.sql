-- Record an observation of an account. Under the grant's lock.
-- $1: grant, $2: when it was observed, $3: when it was connected (microseconds since 1970, or null), $4: active, $5:
-- whether a user has just connected it, which ends a decision.
-- Returns whether its mailbox is due at once (it was connected, or works again), whether it does not work and no
-- observation is newer, and whether an operator's earlier decision has precedence over the observation.
-- Index: account_schedules_pkey. Safe to repeat and in any order: a connect, a return and an end each take effect once.
UPDATE account_schedules AS s
SET
    active_observed_at = CASE
        WHEN $4::boolean THEN greatest(s.active_observed_at, $2::bigint) ELSE s.active_observed_at
    END,
    inactive_observed_at = CASE
        WHEN $4::boolean THEN s.inactive_observed_at ELSE greatest(s.inactive_observed_at, $2::bigint)
    END,
    connected_at = CASE WHEN $4::boolean THEN greatest(s.connected_at, $3::bigint) ELSE s.connected_at END,
    decision = CASE WHEN NOT old.lifted THEN s.decision END,
    decided_at = CASE WHEN NOT old.lifted THEN s.decided_at END
FROM (
    SELECT
        grant_id, connected_at, active_observed_at, inactive_observed_at, decision, decided_at,
        coalesce($5::boolean AND decided_at < $2::bigint, false) AS lifted
    FROM account_schedules
    WHERE grant_id = $1::text
) AS old
WHERE s.grant_id = old.grant_id
RETURNING
    $4::boolean
    AND s.decision IS NULL
    AND (
        coalesce($3::bigint > coalesce(old.connected_at, 0), false)
        OR coalesce(
            old.inactive_observed_at < $2::bigint
            AND coalesce(old.active_observed_at, 0) < old.inactive_observed_at,
            false
        )
    ) AS due,
    NOT $4::boolean AND $2::bigint > greatest(old.active_observed_at, old.inactive_observed_at, 0) AS ended,
    s.decision IS NOT NULL AND s.decided_at < $2::bigint AS overruled
