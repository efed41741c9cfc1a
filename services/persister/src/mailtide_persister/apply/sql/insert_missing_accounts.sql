-- Create provisional rows for accounts whose own event has not arrived, and return the grants of purged accounts, for
-- which nothing may be stored. $1, $2: ids and grants, $3: the status of such a row.
-- Index: email_accounts_pkey, purged_accounts_pkey. Safe to repeat: existing rows do not change.
WITH wanted AS (
    SELECT id, nylas_grant_id FROM unnest($1::uuid[], $2::text[]) AS w (id, nylas_grant_id)
),
purged AS (
    SELECT w.nylas_grant_id FROM wanted AS w INNER JOIN purged_accounts AS p ON p.account_id = w.id
),
created AS (
    INSERT INTO email_accounts (id, nylas_grant_id, status)
    SELECT id, nylas_grant_id, $3::text
    FROM wanted
    WHERE
        nylas_grant_id NOT IN (SELECT nylas_grant_id FROM purged)
        AND NOT EXISTS (SELECT FROM email_accounts WHERE email_accounts.id = wanted.id)
    ON CONFLICT DO NOTHING
)
SELECT nylas_grant_id FROM purged
