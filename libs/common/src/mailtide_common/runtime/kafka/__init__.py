"""Kafka clients: consumers, publisher, readers, and the administration of topics."""
