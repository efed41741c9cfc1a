"""Parts that processes share: settings, Kafka, Postgres, HTTP, logs, metrics, health."""
