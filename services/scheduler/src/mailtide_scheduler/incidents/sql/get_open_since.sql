-- The beginning of the oldest open incident of a kind (microseconds since 1970); null: none is open. $1: kind.
-- Index: incidents_open_idx. Reads only.
SELECT min(opened_at) FROM incidents WHERE kind = $1::text AND ended_at IS NULL
