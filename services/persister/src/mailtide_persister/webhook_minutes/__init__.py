"""Stores how long webhooks take from receipt to commit, as one histogram per minute."""
