-- Which dead letters there are of messages that could not be read. $1: their ids. Reads only. Index: dead_letters_pkey.
SELECT id FROM dead_letters WHERE id = ANY($1::uuid[])
