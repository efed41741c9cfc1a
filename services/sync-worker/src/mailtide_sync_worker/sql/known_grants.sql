-- Which of some grants need no introduction: their account's own event is stored, or they are purged. Reads only.
-- Index: email_accounts_nylas_grant_id_key, purged_grants_pkey.
SELECT nylas_grant_id FROM email_accounts WHERE nylas_grant_id = ANY($1::text[]) AND observed_at IS NOT NULL
UNION ALL
SELECT nylas_grant_id FROM purged_grants WHERE nylas_grant_id = ANY($1::text[])
