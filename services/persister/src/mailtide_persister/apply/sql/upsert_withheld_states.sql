-- Store states of messages that have no row in emails, one array per column, each message once; folders are array
-- literals. Index: withheld_messages_pkey. Safe to repeat: a state changes only if its version is greater.
-- INV-18.
INSERT INTO withheld_messages AS w (
    id, account_id, nylas_message_id, is_read, is_starred, folders, deleted_at, state_observed_at, state_rank,
    state_event_id
)
SELECT
    id, account_id, nylas_message_id, is_read, is_starred, folders::text[], deleted_at, state_observed_at, state_rank,
    state_event_id
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::boolean[], $6::text[], $7::timestamptz[], $8::bigint[],
    $9::smallint[], $10::text[]
) AS i (
    id, account_id, nylas_message_id, is_read, is_starred, folders, deleted_at, state_observed_at, state_rank,
    state_event_id
)
ON CONFLICT (id) DO UPDATE SET
    is_read = excluded.is_read,
    is_starred = excluded.is_starred,
    folders = excluded.folders,
    deleted_at = excluded.deleted_at,
    state_observed_at = excluded.state_observed_at,
    state_rank = excluded.state_rank,
    state_event_id = excluded.state_event_id
WHERE
    w.state_observed_at IS NULL
    OR (excluded.state_observed_at, excluded.state_rank, excluded.state_event_id)
    > (w.state_observed_at, w.state_rank, w.state_event_id)
