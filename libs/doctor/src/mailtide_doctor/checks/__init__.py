"""The checks. Each returns its findings and changes nothing. Errors of Kafka and Postgres are raised."""
