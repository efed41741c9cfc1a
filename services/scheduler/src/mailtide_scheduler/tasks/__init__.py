"""The task table: enqueueing, claims, leases, back-off."""
