-- Store folders, one array per column, each folder once; attributes are array literals.
-- Index: email_folders_pkey. Safe to repeat: a row changes only if the version is greater.
INSERT INTO email_folders AS f (
    id, account_id, nylas_folder_id, name, attributes, deleted_at, observed_at, source_rank, event_id
)
SELECT id, account_id, nylas_folder_id, name, attributes::text[], deleted_at, observed_at, source_rank, event_id
FROM unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bigint[], $8::smallint[],
    $9::text[]
) AS i (id, account_id, nylas_folder_id, name, attributes, deleted_at, observed_at, source_rank, event_id)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name,
    attributes = excluded.attributes,
    deleted_at = excluded.deleted_at,
    observed_at = excluded.observed_at,
    source_rank = excluded.source_rank,
    event_id = excluded.event_id
WHERE
    (excluded.observed_at, excluded.source_rank, excluded.event_id)
    > (f.observed_at, f.source_rank, f.event_id)
RETURNING id
