-- Hold deletions of folders until an operator decides. Under the grant's lock.
-- $1: grant, $2: folders, $3: when the listing missed them (microseconds since 1970), $4: microseconds for which a
-- decision applies before the same folder is held again.
-- Index: held_folders_pkey. Safe to repeat and in any order: what is held, or was decided later, keeps its state.
-- While a deletion is held, `held_at` is when it was held: later passes do not move it.
INSERT INTO held_folders AS h (grant_id, folder_id, state, held_at)
SELECT DISTINCT $1::text, folder_id, 'held', $3::bigint FROM unnest($2::text[]) AS f (folder_id)
ON CONFLICT (grant_id, folder_id) DO UPDATE SET
    held_at = CASE
        WHEN h.state <> 'held' THEN greatest(h.held_at, excluded.held_at)
        WHEN excluded.held_at > coalesce(h.decided_at, 0) THEN least(h.held_at, excluded.held_at)
        ELSE h.held_at
    END,
    state = CASE
        WHEN h.state <> 'held' AND excluded.held_at > h.decided_at + $4::bigint THEN 'held' ELSE h.state
    END
RETURNING state
