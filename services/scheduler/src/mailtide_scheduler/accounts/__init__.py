"""Accounts: their states, the actions on them, and the effects of their events."""
