-- Enqueue the purge of an account. Under the grant's lock. $1: grant.
-- Index: sync_tasks_wish_idx. Safe to repeat: it joins a purge that is waiting.
INSERT INTO sync_tasks AS t (task_id, grant_id, kind, reason, state, due_at, created_at)
VALUES (gen_random_uuid(), $1::text, 'purge', 'operator', 'pending', now(), now())
ON CONFLICT (grant_id, kind, coalesce(message_id, ''), coalesce(thread_id, ''), follow_up)
WHERE state = 'pending' AND until IS NULL
DO UPDATE SET due_at = least(t.due_at, excluded.due_at)
