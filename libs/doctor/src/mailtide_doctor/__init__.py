"""Checks of what Mailtide needs (Kafka, Postgres, Nylas, clocks, disk, public URL), and of accounts and incidents."""
