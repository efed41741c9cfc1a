-- Record that a delivery was sent, and erase its text and the data of its notices. $1: delivery.
-- Index: notice_deliveries_pkey, notices_delivery_idx. Safe to repeat.
WITH told AS (
    UPDATE notices SET detail = '{}' WHERE delivery_id = $1::uuid
)
UPDATE notice_deliveries
SET state = 'sent', finished_at = now(), error = NULL, payload = '{}'
WHERE id = $1::uuid
