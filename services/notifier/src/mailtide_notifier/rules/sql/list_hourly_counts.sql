-- How many notices each rule caused for each channel; notices that are sent in a digest do not count.
-- $1: rules, $2: seconds back.
-- Index: notices_topic_idx. Reads only.
SELECT topic, channel_id, count(*) AS number
FROM notices
WHERE
    event = 'mail' AND topic = ANY ($1::text[]) AND NOT digest
    AND created_at > now() - make_interval(secs => $2::double precision)
GROUP BY topic, channel_id
