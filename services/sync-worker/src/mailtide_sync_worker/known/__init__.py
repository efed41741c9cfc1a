"""Reads what the persister has stored, with the statements in `sql/`."""
