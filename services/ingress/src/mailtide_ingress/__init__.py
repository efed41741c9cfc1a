"""Receives Nylas' webhooks into Kafka, and connects accounts by OAuth."""
