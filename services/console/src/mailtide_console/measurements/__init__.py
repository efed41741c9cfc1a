"""Measurements of the last hour or day, for charts: the way of webhooks to their rows, and each consumer group."""
