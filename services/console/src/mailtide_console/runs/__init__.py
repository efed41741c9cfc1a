"""Pages of runs, with the outcome of each account. A run is a cron call, or an operator started it."""
