-- Delete findings of mail that no notification announced: a later notification shows that only single ones were lost.
-- $1: Unix seconds, or null for all.
-- Index: unannounced_mail_oldest_idx. Safe to repeat: nothing is left to delete.
DELETE FROM unannounced_mail WHERE $1::bigint IS NULL OR oldest <= $1::bigint
