"""Pages of runs, with the outcome of each account. Cron calls and operators start runs."""
