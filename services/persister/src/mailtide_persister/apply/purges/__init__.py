"""Purges: the markers of purged accounts, and the deletion of these accounts' rows."""
