-- Findings of mail that no notification announced, ordered by their oldest message, newest first. $1: most rows.
-- Index: unannounced_mail_oldest_idx. Reads only.
SELECT found_at, messages, oldest, newest FROM unannounced_mail ORDER BY oldest DESC LIMIT $1::integer
