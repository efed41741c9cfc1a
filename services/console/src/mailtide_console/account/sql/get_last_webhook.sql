-- Time of the newest notification whose data is stored in one of an account's newest messages, in microseconds since
-- 1970. $1: account, $2: number of messages searched. Index: emails_received_idx. Reads only.
SELECT greatest(
    max(m.content_observed_at) FILTER (WHERE m.content_rank = 1),
    max(m.state_observed_at) FILTER (WHERE m.state_rank = 1)
)
FROM (
    SELECT content_observed_at, content_rank, state_observed_at, state_rank
    FROM emails
    WHERE account_id = $1::uuid
    ORDER BY received_at DESC
    LIMIT $2::integer
) AS m
