"""Purges: the markers of purged accounts, and the deletion of their rows."""
