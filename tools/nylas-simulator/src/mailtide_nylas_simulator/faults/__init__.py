"""Faults that can be switched on, and the response bodies and unreadable messages of some of them."""
