-- Insert an incident; an open one of the same kind and subject is ended without a notice.
-- $1: id, $2: digest of kind and subject, $3: kind, $4: subject, $5: account, $6: reason, $7: when it opened.
-- Index: notice_incidents_pkey, notice_incidents_open_idx. Safe to repeat: a known one changes nothing.
WITH noted AS (
    INSERT INTO notice_incidents (id, series, kind, subject, account_id, reason, opened_at)
    VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::uuid, $6::text, $7::bigint)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, series, opened_at
),
replaced AS (
    UPDATE notice_incidents AS i
    SET ended_at = noted.opened_at
    FROM noted
    WHERE i.series = noted.series AND i.ended_at IS NULL AND i.id <> noted.id
)
SELECT noted.id FROM noted
