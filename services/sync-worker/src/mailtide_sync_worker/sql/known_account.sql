-- The account of a grant, by the unique index on nylas_grant_id. Reads only.
SELECT user_id, email_address, display_name, provider, status, webhook_subscription_id, connected_at
FROM email_accounts
WHERE nylas_grant_id = $1
