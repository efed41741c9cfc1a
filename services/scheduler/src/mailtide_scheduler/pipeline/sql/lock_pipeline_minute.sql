-- Claim the measurement of this minute; false if it is measured or being measured. $1: number of the lock.
-- Index: pipeline_minutes_pkey. Safe with several schedulers: the lock is held until the transaction ends.
SELECT
    CASE WHEN pg_try_advisory_xact_lock($1::bigint)
        THEN NOT EXISTS (SELECT FROM pipeline_minutes WHERE minute = date_trunc('minute', clock_timestamp()))
        ELSE false
    END
