"""Commands for mailboxes: accounts, syncs, backfills, audits and their reports, connect links."""
