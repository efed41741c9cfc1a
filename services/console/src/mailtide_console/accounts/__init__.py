"""Accounts: all mailboxes, found by address and condition, the furthest behind first; bulk actions."""
