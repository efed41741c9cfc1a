"""Runs Kafka, Postgres and PgBouncer on this machine, and selects the servers that tests and stacks use."""
