"""Purged accounts: which ones are, and the deletion of their rows."""
