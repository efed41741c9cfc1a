-- Note that a process reported an open incident just now. $1: kind, $2: subject.
-- Index: incidents_open_idx. Safe to repeat.
UPDATE incidents SET reported_at = now() WHERE kind = $1::text AND subject = $2::text AND ended_at IS NULL
