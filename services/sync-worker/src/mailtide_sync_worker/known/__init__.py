"""Reads what the database holds, with the statements in `sql/`."""
