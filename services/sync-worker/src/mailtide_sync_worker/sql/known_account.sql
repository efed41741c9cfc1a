-- The account of a grant, by its primary key. Reads only.
SELECT user_id, email_address, display_name, provider, status, webhook_subscription_id, connected_at
FROM email_accounts
WHERE id = $1
