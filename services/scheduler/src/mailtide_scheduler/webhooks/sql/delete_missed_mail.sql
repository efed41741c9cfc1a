-- Forget mail that no webhook brought: single losses, if a notification came later. $1: unix seconds, or null for all.
-- Index: unannounced_mail_oldest_idx. Safe to repeat: nothing is left to delete.
DELETE FROM unannounced_mail WHERE $1::bigint IS NULL OR oldest <= $1::bigint
