"""Kafka, Postgres and PgBouncer as processes on this machine."""
