-- How many messages of an account are not deleted. Reads only. Index: emails_received_idx.
SELECT count(*) FROM emails WHERE account_id = $1 AND deleted_at IS NULL
