"""The programs of Apache Kafka: which jars, and where they are fetched to."""
