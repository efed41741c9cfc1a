-- Delete pending deliveries about purged accounts, and return their notices to waiting; erase the text and label of
-- others. $1: accounts. Waits for one that is being sent.
-- Index: notices_account_idx, notices_delivery_idx. Safe to repeat.
WITH touched AS (
    SELECT DISTINCT delivery_id AS id FROM notices WHERE account_id = ANY ($1::uuid[]) AND delivery_id IS NOT NULL
),
emptied AS (
    UPDATE notice_deliveries AS d
    SET payload = '{}', label = 'purged'
    FROM touched
    WHERE d.id = touched.id AND d.state <> 'pending'
),
withdrawn AS (
    DELETE FROM notice_deliveries AS d USING touched WHERE d.id = touched.id AND d.state = 'pending' RETURNING d.id
)
UPDATE notices AS n
SET state = 'waiting', due_at = now()
FROM withdrawn
WHERE n.delivery_id = withdrawn.id
