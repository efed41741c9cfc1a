"""Reads stored messages, folders and accounts, with the statements in `sql/`."""
