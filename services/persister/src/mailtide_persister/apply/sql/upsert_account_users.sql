-- Store statements about an account's users, one array per column; each user occurs once, and the newer statement
-- counts.
-- $1: account, $2: users, $3: connected, $4: changed (both microseconds since 1970), $5: removed.
-- Index: email_accounts_pkey, account_users_pkey. Safe to repeat and in any order: a row changes only if it is newer.
INSERT INTO account_users AS u (account_id, user_id, connected_at, changed_at, removed)
SELECT $1::uuid, i.user_id, i.connected_at, i.changed_at, i.removed
FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::boolean[]) AS i (user_id, connected_at, changed_at, removed)
WHERE EXISTS (SELECT FROM email_accounts WHERE id = $1::uuid)
ON CONFLICT (account_id, user_id) DO UPDATE SET
    connected_at = excluded.connected_at, changed_at = excluded.changed_at, removed = excluded.removed
WHERE (excluded.changed_at, excluded.removed, excluded.connected_at) > (u.changed_at, u.removed, u.connected_at)
RETURNING user_id
