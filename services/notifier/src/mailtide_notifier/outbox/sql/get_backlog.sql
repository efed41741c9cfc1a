-- Numbers of pending and of dead deliveries, and when the oldest pending one was assembled. Index: none. Reads only.
SELECT
    count(*) FILTER (WHERE state = 'pending') AS pending,
    count(*) FILTER (WHERE state = 'dead') AS dead,
    min(created_at) FILTER (WHERE state = 'pending') AS oldest
FROM notice_deliveries
WHERE state <> 'sent'
