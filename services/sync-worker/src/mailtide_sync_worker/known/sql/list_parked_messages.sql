-- Which messages are parked: as unreadable or too large ($1: ids of their dead letters), or because Postgres refused
-- their content ($2: ids of the messages). Reads only. Index: dead_letters_pkey, withheld_messages_pkey.
SELECT id FROM dead_letters WHERE id = ANY($1::uuid[])
UNION ALL
SELECT id FROM withheld_messages WHERE id = ANY($2::uuid[]) AND refused_hash IS NOT NULL
