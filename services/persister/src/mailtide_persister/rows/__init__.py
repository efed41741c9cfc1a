"""Translates events into rows and texts that Postgres can hold. Pure."""
