-- Store a snapshot of an account. Unknown (null) values leave the stored ones; an older event only fills in values that
-- no newer one has set. A new connect ends an earlier purge ($13: when it was, if the event contains it).
-- Index: email_accounts_pkey, purged_accounts_pkey. Safe to repeat.
WITH lifted AS (
    DELETE FROM purged_accounts WHERE account_id = $1::uuid AND purged_at < $13::timestamptz
),
purged AS (
    SELECT FROM purged_accounts WHERE account_id = $1::uuid AND coalesce(purged_at >= $13::timestamptz, true)
)
INSERT INTO email_accounts AS a (
    id, nylas_grant_id, status, user_id, email_address, display_name, provider, connected_at,
    webhook_subscription_id, observed_at, source_rank, event_id
)
SELECT
    $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::timestamptz, $9::text, $10::bigint,
    $11::smallint, $12::text
WHERE NOT EXISTS (SELECT FROM purged)
ON CONFLICT (id) DO UPDATE SET
    (
        status, user_id, email_address, display_name, provider, connected_at, webhook_subscription_id,
        observed_at, source_rank, event_id
    ) = (
        SELECT
            newer.status,
            coalesce(newer.user_id, older.user_id),
            coalesce(newer.email_address, older.email_address),
            coalesce(newer.display_name, older.display_name),
            coalesce(newer.provider, older.provider),
            coalesce(newer.connected_at, older.connected_at),
            coalesce(newer.webhook_subscription_id, older.webhook_subscription_id),
            newer.observed_at,
            newer.source_rank,
            newer.event_id
        FROM (SELECT a.* UNION ALL SELECT excluded.*) AS newer
        CROSS JOIN (SELECT a.* UNION ALL SELECT excluded.*) AS older
        ORDER BY
            newer.observed_at DESC NULLS LAST, newer.source_rank DESC, newer.event_id DESC,
            older.observed_at ASC NULLS FIRST, older.source_rank ASC, older.event_id ASC
        LIMIT 1
    )
WHERE
    a.observed_at IS NULL
    OR (excluded.observed_at, excluded.source_rank, excluded.event_id) > (a.observed_at, a.source_rank, a.event_id)
    OR (
        (excluded.observed_at, excluded.source_rank, excluded.event_id)
        < (a.observed_at, a.source_rank, a.event_id)
        AND (
            (a.user_id IS NULL AND excluded.user_id IS NOT NULL)
            OR (a.email_address IS NULL AND excluded.email_address IS NOT NULL)
            OR (a.display_name IS NULL AND excluded.display_name IS NOT NULL)
            OR (a.provider IS NULL AND excluded.provider IS NOT NULL)
            OR (a.connected_at IS NULL AND excluded.connected_at IS NOT NULL)
            OR (a.webhook_subscription_id IS NULL AND excluded.webhook_subscription_id IS NOT NULL)
        )
    )
RETURNING id
