-- The pipeline's state per minute: of each consumer group, and the times of webhooks from receipt to commit. Numbers only.
--
-- Only the scheduler writes `pipeline_minutes`, only the persister writes `webhook_minutes`, and each deletes its old rows.
-- The previous release neither reads nor writes them.

CREATE TABLE pipeline_minutes (
    minute timestamptz NOT NULL,
    consumer_group text NOT NULL,
    topic text NOT NULL,
    measured_at timestamptz NOT NULL,
    members integer NOT NULL,
    processed bigint NOT NULL,
    written bigint NOT NULL,
    waiting bigint NOT NULL,
    oldest_at timestamptz,
    PRIMARY KEY (minute, consumer_group)
);
COMMENT ON TABLE pipeline_minutes IS 'Consumer groups, measured once a minute.';
COMMENT ON COLUMN pipeline_minutes.processed IS 'Sum of the committed offsets: a difference is a number of records.';
COMMENT ON COLUMN pipeline_minutes.written IS 'Sum of the ends of the partitions.';
COMMENT ON COLUMN pipeline_minutes.waiting IS 'Records after the committed offsets; on a compacted topic there may be fewer.';
COMMENT ON COLUMN pipeline_minutes.oldest_at IS 'When the oldest of them was written; null: none waits.';

CREATE TABLE webhook_minutes (
    minute timestamptz NOT NULL,
    seconds double precision NOT NULL,
    webhooks bigint NOT NULL,
    PRIMARY KEY (minute, seconds)
);
COMMENT ON TABLE webhook_minutes IS 'Webhooks by the time from their receipt to the commit of their message: a histogram a minute.';
COMMENT ON COLUMN webhook_minutes.seconds IS 'Upper bound of the bucket; infinity for the last one.';

CREATE VIEW pipeline_stages AS
WITH measured AS (
    SELECT
        consumer_group,
        topic,
        measured_at,
        members,
        waiting,
        oldest_at,
        processed - lag(processed) OVER earlier AS processed,
        written - lag(written) OVER earlier AS written,
        extract(epoch FROM measured_at - lag(measured_at) OVER earlier)::double precision AS seconds
    FROM pipeline_minutes
    WHERE minute > now() - interval '15 minutes'
    WINDOW earlier AS (PARTITION BY consumer_group ORDER BY minute)
)
SELECT DISTINCT ON (consumer_group)
    consumer_group,
    topic,
    measured_at,
    members,
    waiting,
    oldest_at,
    extract(epoch FROM measured_at - oldest_at)::double precision AS lag_seconds,
    greatest(processed / nullif(seconds, 0), 0) AS processed_per_second,
    greatest(written / nullif(seconds, 0), 0) AS written_per_second
FROM measured
ORDER BY consumer_group, measured_at DESC;
COMMENT ON VIEW pipeline_stages IS 'Each consumer group as last measured, with its rates since the measurement before.';
