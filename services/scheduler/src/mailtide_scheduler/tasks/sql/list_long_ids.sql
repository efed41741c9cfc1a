-- The long ids that digests stand for. $1: digests. Index: long_ids_digest_idx. Reads only.
SELECT DISTINCT digest, id FROM long_ids WHERE digest = ANY ($1::text[])
