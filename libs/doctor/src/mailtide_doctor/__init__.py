"""Checks of what Mailtide needs: Kafka, Postgres, Nylas, clocks, disk and the public URL."""
