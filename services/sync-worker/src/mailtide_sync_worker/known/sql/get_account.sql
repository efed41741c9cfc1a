-- An account, by its primary key; no provisional row, whose account's own event has not come. Reads only.
SELECT * FROM account_snapshots WHERE id = $1 AND observed_at IS NOT NULL
