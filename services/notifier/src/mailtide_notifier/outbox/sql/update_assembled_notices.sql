-- Record which delivery contains a notice. $1: notices, $2: their deliveries. Index: notices_pkey. Safe to repeat.
UPDATE notices AS n
SET state = 'assembled', delivery_id = d.delivery_id
FROM unnest($1::uuid[], $2::uuid[]) AS d (id, delivery_id)
WHERE n.id = d.id
