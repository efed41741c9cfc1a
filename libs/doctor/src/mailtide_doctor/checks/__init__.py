"""The checks: each returns its findings; none changes anything. Errors of Kafka and Postgres are raised."""
