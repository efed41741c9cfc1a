"""The scheduler: it plans syncs, and manages runs, accounts, incidents and webhooks."""
