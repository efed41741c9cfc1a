"""Pages of runs: cron calls, and syncs, backfills and audits by operators, with the outcome of each account."""
