"""Bounds of the console, with their reasons."""

POOL_SIZE = 8
"""A page holds one connection while its queries run, some milliseconds."""

ACQUIRE_SECONDS = 3.0

STATEMENT_SECONDS = 5
"""A page that takes longer is an error: an operator has reloaded it by then."""

LOGIN_FAILURES = 5
"""Failed logins of one client within `LOGIN_WINDOW_SECONDS`; further ones are refused unread."""

LOGIN_FAILURES_OF_ALL = 60
"""The same of all clients: addresses are cheap. The token has at least 128 bits, so this bounds noise."""

LOGIN_WINDOW_SECONDS = 60.0

LOGIN_CLIENTS = 1_000
"""Clients whose failures are remembered, the latest ones."""

OPERATOR_NAME_LENGTH = 80

API_SECONDS = 30.0
"""Deadline of a call of the scheduler; a redrive waits for Kafka, a rotation for Nylas."""

BULK_MOST = 500
"""Accounts of one bulk action."""

BULK_AT_ONCE = 8
"""Calls of a bulk action that run at once; the scheduler's pool has 8 connections."""
