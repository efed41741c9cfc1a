"""The task table: enqueueing, claims, leases and back-off."""
