-- Which of some grants are purged. Reads only. Index: purged_grants_pkey.
SELECT nylas_grant_id FROM purged_grants WHERE nylas_grant_id = ANY($1::text[])
