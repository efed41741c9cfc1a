-- Delete a grant that a release before migration 0008 purged, once its account is in purged_accounts. $1: grant.
-- Index: purged_grants_pkey. Safe to repeat.
DELETE FROM purged_grants WHERE nylas_grant_id = $1::text
