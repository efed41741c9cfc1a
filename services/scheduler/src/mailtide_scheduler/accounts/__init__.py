"""Accounts: states, operators' actions, effects of account events, and the erasure of purged accounts."""
