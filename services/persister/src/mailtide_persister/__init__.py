"""The persister: applies events from Kafka to the mail tables in Postgres."""
