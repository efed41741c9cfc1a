-- Hold deletions of messages until an operator decides. Under the grant's lock.
-- $1: grant, $2: messages, $3: when the pass missed them (microseconds since 1970), $4: microseconds for which a
-- decision applies before the same message is held again.
-- Index: held_deletions_pkey. Safe to repeat and in any order: what is held, or was decided later, keeps its state.
-- While a deletion is held, `held_at` is when it was held: later passes do not move it.
INSERT INTO held_deletions AS h (grant_id, message_id, state, held_at)
SELECT DISTINCT $1::text, message_id, 'held', $3::bigint FROM unnest($2::text[]) AS m (message_id)
ON CONFLICT (grant_id, message_id) DO UPDATE SET
    held_at = CASE
        WHEN h.state <> 'held' THEN greatest(h.held_at, excluded.held_at)
        WHEN excluded.held_at > coalesce(h.decided_at, 0) THEN least(h.held_at, excluded.held_at)
        ELSE h.held_at
    END,
    state = CASE
        WHEN h.state <> 'held' AND excluded.held_at > h.decided_at + $4::bigint THEN 'held' ELSE h.state
    END
RETURNING state
