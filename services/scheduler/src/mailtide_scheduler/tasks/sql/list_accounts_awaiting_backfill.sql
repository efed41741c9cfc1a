-- Active accounts whose first backfill has not begun. $1: most at once.
-- Index: account_schedules_fresh_idx, email_accounts_nylas_grant_id_key. Reads only.
SELECT s.grant_id
FROM account_schedules AS s
INNER JOIN email_accounts AS a ON a.nylas_grant_id = s.grant_id AND a.status = 'active'
WHERE s.watermark IS NULL AND s.live_watermark IS NULL AND s.decision IS NULL
ORDER BY s.grant_id
LIMIT $1::integer
