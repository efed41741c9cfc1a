-- Grants that a version before 0008 keeps out, and since when. Index: none, the table is small. Reads only.
SELECT nylas_grant_id, purged_at FROM purged_grants
