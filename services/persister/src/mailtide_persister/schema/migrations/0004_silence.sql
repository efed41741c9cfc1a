-- Mail that no webhook announced, and the rotations of secrets because of it.
--
-- Only the scheduler writes these, as those of step 0002.

CREATE TABLE unannounced_mail (
    task_id uuid NOT NULL,
    found_at bigint NOT NULL,
    messages bigint NOT NULL,
    oldest bigint NOT NULL,
    newest bigint NOT NULL,
    PRIMARY KEY (task_id, found_at)
);
CREATE INDEX unannounced_mail_oldest_idx ON unannounced_mail (oldest);
COMMENT ON TABLE unannounced_mail IS
    'New mail that deltas had to find, until a notification that is newer explains it as a single loss.';
COMMENT ON COLUMN unannounced_mail.found_at IS 'Microseconds since 1970 of the report.';
COMMENT ON COLUMN unannounced_mail.oldest IS 'Unix seconds, by the messages'' dates; the same for newest.';

ALTER TABLE webhook_destinations ADD COLUMN silence_rotated_at bigint;
COMMENT ON COLUMN webhook_destinations.silence_rotated_at IS
    'Microseconds since 1970: its secret was last replaced then because no notification came.';
