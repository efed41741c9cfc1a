-- Grants with a schedule whose account has no row: it is not written yet, or it was purged. $1: the last grant of
-- the previous call, $2: most at once.
-- Index: account_schedules_pkey and email_accounts_nylas_grant_id_key, read side by side. Reads only.
SELECT s.grant_id
FROM account_schedules AS s
WHERE
    s.grant_id > $1::text
    AND NOT EXISTS (SELECT FROM email_accounts AS a WHERE a.nylas_grant_id = s.grant_id)
ORDER BY s.grant_id
LIMIT $2::integer
