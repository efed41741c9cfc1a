-- What digests of long ids stand for in the scheduler's tables, whose unique indexes hold no long ids.
--
-- A scheduler of before refuses long ids; one that it finds by its digest is not found at Nylas, and is asked
-- for again.

CREATE TABLE long_ids (grant_id text, digest text, id text NOT NULL, PRIMARY KEY (grant_id, digest));
CREATE INDEX long_ids_digest_idx ON long_ids (digest);
COMMENT ON TABLE long_ids IS 'Ids above 1,000 bytes; tasks, reports and held deletions name the digest.';
