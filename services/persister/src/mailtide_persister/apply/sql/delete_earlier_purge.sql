-- A grant that a version before 0008 kept out is kept out by its digest now. $1: grant.
-- Index: purged_grants_pkey. Safe to repeat.
DELETE FROM purged_grants WHERE nylas_grant_id = $1::text
