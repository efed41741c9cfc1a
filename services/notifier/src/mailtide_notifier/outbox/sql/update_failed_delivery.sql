-- Note a failed try. $1: delivery, $2: why, $3: seconds until the next one, or null: it was the last.
-- Index: notice_deliveries_pkey. Repeats count another try.
UPDATE notice_deliveries
SET
    attempts = attempts + 1,
    error = $2::text,
    state = CASE WHEN $3::double precision IS NULL THEN 'dead' ELSE 'pending' END,
    due_at = now() + make_interval(secs => coalesce($3::double precision, 0)),
    finished_at = CASE WHEN $3::double precision IS NULL THEN now() END
WHERE id = $1::uuid
