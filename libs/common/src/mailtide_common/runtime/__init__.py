"""The parts of every process: settings, Kafka, Postgres, HTTP, logs, metrics, health."""
