"""Runs, breaks and measures Mailtide on one machine: Kafka, Postgres, supervisor, Nylas simulator."""
