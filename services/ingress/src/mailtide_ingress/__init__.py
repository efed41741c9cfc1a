"""Nylas webhooks into Kafka, and the OAuth routes that connect accounts."""
