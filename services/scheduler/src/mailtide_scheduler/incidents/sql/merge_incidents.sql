-- Open the incidents of a kind that were found now, and close the others.
-- $1: kind, $2: subjects, $3: their reasons, $4: when (microseconds since 1970). Returns what changed.
-- Index: incidents_open_idx. Safe to repeat, and with two schedulers at once: an open incident does not change.
WITH found AS (
    SELECT f.subject, f.reason FROM unnest($2::text[], $3::text[]) AS f (subject, reason)
),
opened AS (
    INSERT INTO incidents (id, kind, subject, reason, opened_at)
    SELECT gen_random_uuid(), $1::text, found.subject, found.reason, $4::bigint FROM found
    ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO NOTHING
    RETURNING subject, reason
),
ended AS (
    UPDATE incidents AS i
    SET ended_at = $4::bigint
    WHERE
        i.kind = $1::text AND i.ended_at IS NULL
        AND NOT EXISTS (SELECT FROM found WHERE found.subject = i.subject)
    RETURNING i.subject
)
SELECT opened.subject, opened.reason, true AS opened FROM opened
UNION ALL
SELECT ended.subject, '', false FROM ended
