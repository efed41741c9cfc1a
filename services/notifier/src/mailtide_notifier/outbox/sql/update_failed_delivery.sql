-- Record a failed attempt. $1: delivery, $2: reason, $3: seconds until the next attempt, or null: it was the last.
-- Index: notice_deliveries_pkey. Not safe to repeat: each call counts an attempt.
UPDATE notice_deliveries
SET
    attempts = attempts + 1,
    error = $2::text,
    state = CASE WHEN $3::double precision IS NULL THEN 'dead' ELSE 'pending' END,
    due_at = now() + make_interval(secs => coalesce($3::double precision, 0)),
    finished_at = CASE WHEN $3::double precision IS NULL THEN now() END
WHERE id = $1::uuid
