-- Numbers of accounts per range of seconds since their newest clean delta or backfill, or else since their connection,
-- and the sum of these seconds; paused and removed accounts are left out. $1: upper bounds of the ranges, ascending.
-- Index: none, it scans email_accounts. Reads only.
SELECT width_bucket(age, $1::double precision[]) AS range, count(*) AS accounts, sum(age) AS seconds
FROM (
    SELECT extract(EPOCH FROM now() - coalesce(last_delta_at, connected_at))::double precision AS age
    FROM email_accounts
    WHERE status NOT IN ('paused', 'removed')
) AS accounts
WHERE age IS NOT NULL
GROUP BY range
