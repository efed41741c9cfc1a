"""Runs and measures Mailtide on one machine: Kafka, Postgres, the Nylas simulator and the services."""
