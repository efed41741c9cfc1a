"""The control plane: cron, tasks with leases, runs, webhook set-up."""
