"""Accounts: their states, the actions on them, and what their events change."""
