-- How many deletions of an account wait for a decision. $1: grant.
-- Index: held_deletions_held_idx. Reads only.
SELECT count(*) FROM held_deletions WHERE grant_id = $1::text AND state = 'held'
