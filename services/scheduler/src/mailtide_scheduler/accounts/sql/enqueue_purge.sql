-- Enqueue the purge of an account. Under the grant's lock. $1: grant.
-- Its time of creation is after the account's last connect, although the clock of the ingress may be ahead: a later
-- connect ends the purge (see SyncRequested.requested_at).
-- Index: sync_tasks_wish_idx, email_accounts_nylas_grant_id_key. Safe to repeat: it joins a purge that is waiting.
INSERT INTO sync_tasks AS t (task_id, grant_id, kind, reason, state, due_at, created_at)
VALUES (
    gen_random_uuid(), $1::text, 'purge', 'operator', 'pending', now(),
    greatest(
        now(),
        (SELECT a.connected_at + interval '1 millisecond' FROM email_accounts AS a WHERE a.nylas_grant_id = $1::text)
    )
)
ON CONFLICT (grant_id, kind, coalesce(message_id, ''), coalesce(thread_id, ''), follow_up)
WHERE state = 'pending' AND until IS NULL
DO UPDATE SET due_at = least(t.due_at, excluded.due_at), created_at = excluded.created_at
