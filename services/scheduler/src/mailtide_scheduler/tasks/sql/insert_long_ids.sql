-- Record which long ids digests stand for. Under the grant's lock. $1: grant, $2: digests, $3: ids.
-- Index: long_ids_pkey. Safe to repeat.
INSERT INTO long_ids (grant_id, digest, id)
SELECT $1::text, digest, id FROM unnest($2::text[], $3::text[]) AS l (digest, id)
ON CONFLICT DO NOTHING
