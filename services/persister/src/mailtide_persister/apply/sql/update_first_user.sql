-- Set the first user of an account, and record whether the newest snapshot in Kafka names all users.
-- $1: account, $2 to $4: the version of the snapshot that was applied, $5 to $7: its users, when they changed, and
-- whether they are removed; $8: whether it changed any user's row.
-- Index: email_accounts_pkey, account_users_pkey. Safe to repeat and in any order: the result depends only on what is
-- stored.
UPDATE email_accounts AS a
SET user_id = wanted.user_id, users_told = wanted.told
FROM (
    SELECT
        e.id,
        coalesce(
            (
                SELECT u.user_id FROM account_users AS u
                WHERE u.account_id = e.id AND NOT u.removed ORDER BY u.connected_at, u.user_id LIMIT 1
            ),
            e.user_id
        ) AS user_id,
        CASE
            WHEN (e.observed_at, e.source_rank, e.event_id) = ($2::bigint, $3::smallint, $4::text) THEN NOT EXISTS (
                SELECT FROM account_users AS u
                WHERE
                    u.account_id = e.id
                    AND NOT EXISTS (
                        SELECT FROM unnest($5::text[], $6::bigint[], $7::boolean[]) AS i (user_id, changed_at, removed)
                        WHERE i.user_id = u.user_id AND i.changed_at = u.changed_at AND i.removed = u.removed
                    )
            )
            ELSE e.users_told AND NOT $8::boolean
        END AS told
    FROM email_accounts AS e
    WHERE e.id = $1::uuid
) AS wanted
WHERE a.id = wanted.id AND (a.user_id, a.users_told) IS DISTINCT FROM (wanted.user_id, wanted.told)
RETURNING a.id
