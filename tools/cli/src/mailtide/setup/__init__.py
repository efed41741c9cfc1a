"""Commands about the set-up: topics, schema, replay, settings, and the doctor."""
