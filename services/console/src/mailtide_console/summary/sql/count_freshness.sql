-- Numbers of accounts, other than paused and removed ones, by seconds since their newest clean delta or backfill; range
-- -1: those without one. $1: upper bounds, ascending.
-- Scans the accounts. Reads only.
SELECT range, count(*) AS accounts
FROM (
    SELECT
        CASE
            WHEN last_delta_at IS NULL THEN -1
            ELSE width_bucket(extract(EPOCH FROM now() - last_delta_at)::double precision, $1::double precision[])
        END AS range
    FROM email_accounts
    WHERE status NOT IN ('paused', 'removed')
) AS accounts
GROUP BY range
