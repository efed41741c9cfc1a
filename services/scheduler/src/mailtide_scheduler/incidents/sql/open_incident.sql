-- Open an incident, unless one of the same kind and subject is open.
-- $1: kind, $2: subject, $3: reason, $4: when (microseconds since 1970), $5: whether it ends at once, $6: since when it
-- may have lasted, or null.
-- Index: incidents_open_idx. Safe to repeat while it lasts.
INSERT INTO incidents (id, kind, subject, reason, opened_at, ended_at, end_alerted_at, since)
VALUES (
    gen_random_uuid(), $1::text, $2::text, $3::text, $4::bigint,
    CASE WHEN $5::boolean THEN $4::bigint END, CASE WHEN $5::boolean THEN now() END, $6::bigint
)
ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO NOTHING
RETURNING id
