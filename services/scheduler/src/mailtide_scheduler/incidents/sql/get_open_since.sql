-- Since when an incident of a kind lasts (microseconds since 1970); null: none does. $1: kind.
-- Index: incidents_open_idx. Reads only.
SELECT min(opened_at) FROM incidents WHERE kind = $1::text AND ended_at IS NULL
