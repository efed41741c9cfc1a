-- Record that alerts are in Kafka. $1: incidents. Index: incidents_pkey. Safe to repeat.
UPDATE incidents SET alerted_at = now() WHERE id = ANY ($1::uuid[])
