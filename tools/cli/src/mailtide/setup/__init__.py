"""Commands for an installation: settings, topics, migration, replay, doctor."""
