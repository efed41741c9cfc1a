-- The Nylas ids of messages of an account of which only a state is known, or whose content was refused. Reads only.
-- Index: withheld_messages_account_idx, emails_received_idx.
SELECT nylas_message_id FROM withheld_messages WHERE account_id = $1
UNION
SELECT nylas_message_id FROM emails WHERE account_id = $1 AND received_at IS NULL
