"""Kafka, Postgres and PgBouncer as processes of this machine."""
