-- Record new mail that no notification announced. $1: task, $2: microseconds since 1970 of the report, $3: messages,
-- $4, $5: their oldest and newest dates (Unix seconds).
-- Index: unannounced_mail_pkey. Safe to repeat: a report is recorded once.
INSERT INTO unannounced_mail (task_id, found_at, messages, oldest, newest)
VALUES ($1::uuid, $2::bigint, $3::bigint, $4::bigint, $5::bigint)
ON CONFLICT DO NOTHING
