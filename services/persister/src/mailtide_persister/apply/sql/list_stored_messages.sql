-- What is stored of messages: the versions, the values that are compared, and which parts of the content are not empty.
-- Unknown messages have no row; withheld ones have no version of a content, and none of a state if only their content
-- was refused. $1: ids of messages, $2: accounts.
-- Every row, at least one, also has the accounts among $2 that have no row (`missing`) and that are purged (`purged`).
-- Reads only, under the grants' locks, so that nothing changes until the upsert. Index: emails_pkey,
-- email_attachments_pkey, withheld_messages_pkey, email_accounts_pkey, purged_accounts_pkey.
SELECT
    accounts.missing, accounts.purged, s.id, s.thread_id, s.content_hash, s.content_observed_at, s.content_rank,
    s.content_event_id, s.is_read, s.is_starred, s.folders, s.deleted, s.state_observed_at, s.state_rank,
    s.state_event_id, s.filled, s.withheld
FROM (
    SELECT
        array_agg(w.id) FILTER (WHERE NOT EXISTS (SELECT FROM email_accounts AS a WHERE a.id = w.id)) AS missing,
        array_agg(w.id) FILTER (WHERE EXISTS (SELECT FROM purged_accounts AS p WHERE p.account_id = w.id)) AS purged
    FROM unnest($2::uuid[]) AS w (id)
) AS accounts
LEFT JOIN stored_messages AS s ON s.id = ANY ($1::uuid[])
