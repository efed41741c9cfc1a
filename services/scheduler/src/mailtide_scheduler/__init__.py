"""The control plane: cron, tasks with leases, runs, and the webhook destination."""
