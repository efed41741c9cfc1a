-- The long ids behind the digests in the scheduler's tables, whose unique indexes cannot hold long ids.
--
-- An old scheduler refuses long ids; a digest that it requests as an id is not found at Nylas, and is requested again.

CREATE TABLE long_ids (grant_id text, digest text, id text NOT NULL, PRIMARY KEY (grant_id, digest));
CREATE INDEX long_ids_digest_idx ON long_ids (digest);
COMMENT ON TABLE long_ids IS 'Ids above 1,000 bytes; tasks, reports and held deletions name the digest.';
