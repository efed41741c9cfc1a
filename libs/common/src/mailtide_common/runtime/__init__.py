"""Code that several processes share: settings, Kafka, Postgres, HTTP, logs, metrics, health."""
