-- Delete the secrets of all destinations, which are about to be replaced.
-- Index: none, all rows change. Safe to repeat.
UPDATE webhook_destinations SET secret_ciphertext = NULL
