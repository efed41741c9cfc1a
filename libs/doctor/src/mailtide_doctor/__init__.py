"""Checks what Mailtide needs, such as Kafka, Postgres and Nylas, and the state of accounts and incidents."""
