-- The open incidents of a kind, with their reasons. $1: kind.
-- Index: incidents_open_idx. Reads only.
SELECT subject, reason FROM incidents WHERE kind = $1::text AND ended_at IS NULL
