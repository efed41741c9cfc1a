-- The account of a grant, by its primary key. A row that only waits for its account knows nothing. Reads only.
SELECT user_id, email_address, display_name, provider, status, webhook_subscription_id, connected_at
FROM email_accounts
WHERE id = $1 AND observed_at IS NOT NULL
