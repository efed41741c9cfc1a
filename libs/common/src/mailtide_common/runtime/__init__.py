"""How a Mailtide process runs: settings, Kafka, Postgres, HTTP, logs, metrics, health."""
