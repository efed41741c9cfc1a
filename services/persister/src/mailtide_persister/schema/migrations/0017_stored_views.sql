-- What services read of accounts and messages, in one place each.

CREATE VIEW account_snapshots AS
SELECT
    a.id, a.nylas_grant_id AS grant_id, a.status, a.user_id, a.email_address, a.display_name, a.provider,
    (extract(EPOCH FROM a.connected_at) * 1000000)::bigint AS connected_at, a.webhook_subscription_id,
    (
        SELECT json_agg(json_build_object(
            'user_id', u.user_id, 'connected_at', u.connected_at, 'changed_at', u.changed_at, 'removed', u.removed
        ) ORDER BY u.user_id)::text
        FROM account_users AS u WHERE u.account_id = a.id
    ) AS users,
    a.observed_at, a.users_told, s.decision, s.decided_at
FROM email_accounts AS a
LEFT JOIN account_schedules AS s ON s.grant_id = a.nylas_grant_id;
COMMENT ON VIEW account_snapshots IS 'The fields of `Account` events as they are stored; times in microseconds since 1970.';
COMMENT ON COLUMN account_snapshots.observed_at IS 'Null: provisional, the account''s own event has not come.';
COMMENT ON COLUMN account_snapshots.decision IS 'An operator''s, which outranks the status.';

CREATE VIEW stored_messages AS
SELECT
    e.id, e.thread_id, e.content_hash, e.core_hash, e.content_observed_at, e.content_rank, e.content_event_id,
    e.is_read, e.is_starred, e.folders, e.deleted_at IS NOT NULL AS deleted,
    e.state_observed_at, e.state_rank, e.state_event_id,
    array_remove(
        ARRAY[
            CASE WHEN octet_length(e.subject) > 0 THEN 'subject' END,
            CASE WHEN octet_length(e.snippet) > 0 THEN 'snippet' END,
            CASE WHEN octet_length(e.body_html) > 0 THEN 'body' END,
            CASE WHEN e.from_address <> '[]' THEN 'from_' END,
            CASE WHEN e.to_addresses <> '[]' THEN 'to' END,
            CASE WHEN e.cc_addresses <> '[]' THEN 'cc' END,
            CASE WHEN e.bcc_addresses <> '[]' THEN 'bcc' END,
            CASE WHEN e.reply_to_addresses <> '[]' THEN 'reply_to' END,
            CASE WHEN EXISTS (SELECT FROM email_attachments AS a WHERE a.email_id = e.id) THEN 'attachments' END
        ],
        NULL
    ) AS filled,
    w.refused_hash, w.refused_core_hash, false AS withheld
FROM emails AS e
LEFT JOIN withheld_messages AS w ON w.id = e.id
UNION ALL
SELECT
    w.id, NULL, NULL, NULL, NULL, NULL, NULL, w.is_read, w.is_starred, w.folders, w.deleted_at IS NOT NULL,
    w.state_observed_at, w.state_rank, w.state_event_id, '{}', w.refused_hash, w.refused_core_hash, true
FROM withheld_messages AS w
WHERE NOT EXISTS (SELECT FROM emails AS e WHERE e.id = w.id);
COMMENT ON COLUMN stored_messages.filled IS
    'The parts of the content that are not empty; the size of a body is known without reading it.';
COMMENT ON COLUMN stored_messages.withheld IS 'There is no row in emails: the content has not come, or was refused.';
