-- While the receivers of a webhook channel switch to a new signing secret, the old and the new one sign.

ALTER TABLE notice_channels
    ADD COLUMN previous_secret_ciphertext text,
    ADD COLUMN previous_secret_until timestamptz;
COMMENT ON COLUMN notice_channels.previous_secret_ciphertext IS
    'The signing secret before the last rotation, which signs too until previous_secret_until.';
COMMENT ON COLUMN notice_channels.previous_secret_until IS 'When it stops signing and is deleted.';
