-- Delete previous signing secrets whose overlap has ended. Index: none, there are few. Safe to repeat.
UPDATE notice_channels
SET previous_secret_ciphertext = NULL, previous_secret_until = NULL
WHERE previous_secret_until <= now()
