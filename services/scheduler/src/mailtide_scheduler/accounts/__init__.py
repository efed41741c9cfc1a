"""Accounts: their states, operators' actions on them, and the effects of their events."""
