-- Numbers of messages and of folders of an account whose deletion waits for a decision. $1: grant.
-- Index: held_deletions_held_idx, held_folders_pkey. Reads only.
SELECT
    (SELECT count(*) FROM held_deletions WHERE grant_id = $1::text AND state = 'held') AS messages,
    (SELECT count(*) FROM held_folders WHERE grant_id = $1::text AND state = 'held') AS folders
