-- Delete notices about purged accounts. $1: accounts. Index: notices_account_idx. Safe to repeat.
DELETE FROM notices WHERE account_id = ANY ($1::uuid[])
