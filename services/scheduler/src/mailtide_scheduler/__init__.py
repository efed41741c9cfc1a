"""The control plane: plans and dispatches syncs, and manages runs, accounts, incidents and the webhook destination."""
