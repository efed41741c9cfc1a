"""Sync requests: one module per kind, and the handler that reports their outcomes."""
