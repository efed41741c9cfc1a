"""Receives Nylas' webhooks and writes them to Kafka; connects accounts by OAuth."""
