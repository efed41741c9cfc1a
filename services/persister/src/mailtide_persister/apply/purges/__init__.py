"""Purges: markers of purged accounts, and the deletion of their rows."""
