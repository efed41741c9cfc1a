"""Code that all processes share: settings, Kafka, Postgres, HTTP, logs, metrics, health."""
