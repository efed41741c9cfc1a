"""Every bound of the persister, with its reason."""

MIGRATE_CONNECT_SECONDS = 5
"""A one-shot says quickly that Postgres is away; whoever runs it tries again."""

MIGRATE_LOCK_SECONDS = 300
"""Another migration may build an index for minutes."""
