"""Accounts: their states, operators' actions on them, the effects of their events, and the erasure of purged ones."""
