-- Delete the incidents of purged accounts. $1: accounts. Index: notice_incidents_account_idx. Safe to repeat.
DELETE FROM notice_incidents WHERE account_id = ANY ($1::uuid[])
