"""How every Mailtide process runs: settings, Kafka, the failure boundary, Postgres, logs, metrics, health."""
