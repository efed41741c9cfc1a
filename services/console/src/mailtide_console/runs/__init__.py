"""Pages of runs: cron calls and manual syncs, with the outcome of each account."""
