-- Connected accounts by status.
SELECT count(*) FILTER (WHERE status = 'active') AS active, count(*) FILTER (WHERE status = 'paused') AS paused,
    count(*) FILTER (WHERE status = 'invalid') AS invalid
FROM email_accounts
