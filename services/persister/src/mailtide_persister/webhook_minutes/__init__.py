"""The time of webhooks from receipt to commit, as a histogram per minute in Postgres."""
