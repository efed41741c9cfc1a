-- Active accounts whose first backfill was not enqueued yet. $1: most at once.
-- Index: account_schedules_fresh_idx, email_accounts_nylas_grant_id_key. Reads only.
SELECT s.grant_id
FROM account_schedules AS s
INNER JOIN account_permissions AS p ON p.grant_id = s.grant_id AND p.callable AND p.status IS NOT NULL
WHERE s.watermark IS NULL AND s.live_watermark IS NULL
ORDER BY s.grant_id
LIMIT $1::integer
