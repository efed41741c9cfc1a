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

RUNS_PAGE = 20
"""Runs of a page. Each is summed over its accounts."""

RUN_ACCOUNTS_PAGE = 50
ACCOUNTS_PAGE = 50
OPERATORS_PAGE = 50

STREAMS = 50
"""Pages that are live at once; each reads its rows once a second."""

STREAM_SECONDS = 600.0
"""Longest stream; the browser opens the next one."""

STREAM_PAUSE_SECONDS = 1.0

STREAM_GRACE_SECONDS = 3.0
"""Time in which a stream ends after SIGTERM. Otherwise sse-starlette 3.7 cuts it, and uvicorn logs an error."""

SUMMARY_FRESH_SECONDS = 3.0
"""The summary scans all accounts: a third of a second for 100,000 of them."""

SUMMARY_KEPT_SECONDS = 15.0
"""An older summary is not shown: a page waits for a new one."""

CAUSES_SHOWN = 8
"""Causes of dead letters on the overview."""

TIMELINE_TASKS = 60
TIMELINE_SHOWN = 40

HELD_SHOWN = 20
"""Held deletions of an account's page; the total is shown too."""

WEBHOOK_SEARCHED = 200
"""Newest messages of an account among which the last webhook is searched."""

FEW = 0.1
"""Share of the accounts below which the summary lists those in a condition, so that a page of them reads no others."""
