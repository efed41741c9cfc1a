"""Commands about mailboxes: accounts, syncs, backfills, audits, and the links that connect them."""
