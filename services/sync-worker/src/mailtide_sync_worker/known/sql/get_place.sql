-- The date of a message and the provider of its mailbox. Reads only. Index: emails_pkey, email_accounts_pkey.
SELECT extract(epoch FROM e.received_at)::bigint AS date, a.provider
FROM emails AS e
JOIN email_accounts AS a ON a.id = e.account_id
WHERE e.id = $1
