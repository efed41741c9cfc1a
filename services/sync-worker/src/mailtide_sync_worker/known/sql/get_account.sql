-- An account, by its primary key; no row if it is provisional: its own event has not arrived. Reads only.
SELECT * FROM account_snapshots WHERE id = $1 AND observed_at IS NOT NULL
