"""Translations from events to rows and texts that Postgres can hold. Pure."""
