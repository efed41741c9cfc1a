-- Grants that a release before migration 0008 purged, and when. Index: none, the table is small. Reads only.
SELECT nylas_grant_id, purged_at FROM purged_grants
