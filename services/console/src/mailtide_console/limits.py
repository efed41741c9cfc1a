"""Bounds and intervals of the console."""

POOL_SIZE = 8
"""A page holds one connection while its queries run, some milliseconds."""

ACQUIRE_SECONDS = 3.0

STATEMENT_SECONDS = 5
"""Time limit of a statement; a page with a slower one is an error."""

LOGIN_FAILURES = 5
"""Failed logins of one client within `LOGIN_WINDOW_SECONDS`, after which its logins are refused unchecked."""

LOGIN_FAILURES_OF_ALL = 60
"""The same for all clients together, as an attacker may use many addresses."""

LOGIN_WINDOW_SECONDS = 60.0

LOGIN_CLIENTS = 1_000
"""Clients whose failures are kept; beyond that, those whose last failure is oldest are dropped."""

OPERATOR_NAME_LENGTH = 80

API_SECONDS = 30.0
"""Time limit of a call of the scheduler's or notifier's API; a redrive waits for Kafka, a test notice for its receiver.
"""

BULK_MOST = 500
"""Accounts of one bulk action."""

BULK_AT_ONCE = 8
"""Calls of a bulk action that run at once; the scheduler's pool has 8 connections."""

RUNS_PAGE = 20
"""Runs on a page; few, because each is summed over its accounts."""

RUN_ACCOUNTS_PAGE = 50
ACCOUNTS_PAGE = 50
OPERATORS_PAGE = 50

STREAMS = 50
"""Event streams open at once; each reads its rows once a second."""

STREAM_SECONDS = 600.0
"""Longest duration of a stream; then the browser opens another."""

STREAM_PAUSE_SECONDS = 1.0

STREAM_GRACE_SECONDS = 3.0
"""Time for a stream to end after SIGTERM; after it, sse-starlette 3.7 cancels the stream, and uvicorn logs an error."""

SUMMARY_FRESH_SECONDS = 3.0
"""Age from which the summary is read again; it scans all accounts, which takes 0.3 s for 100,000."""

SUMMARY_KEPT_SECONDS = 15.0
"""Age from which the summary is not shown any more; a page waits for a new one."""

CAUSES_SHOWN = 8
"""Causes of dead letters on the overview."""

TIMELINE_TASKS = 60
TIMELINE_SHOWN = 40

HELD_SHOWN = 20
"""Held messages on an account's page; their total is shown too."""

WEBHOOK_SEARCHED = 200
"""Newest messages of an account among which the last webhook is searched."""

FEW = 5 * ACCOUNTS_PAGE
"""A condition with `n` accounts is listed in the summary by their grants if `n * n` is less than `FEW` times the number
of all accounts (5,000 of 100,000), so that the list of accounts reads only these: 2 microseconds each. Otherwise the
list is read in its order until a page is full: 15 microseconds for each of `ACCOUNTS_PAGE * total / n` accounts."""

FEW_MATCHES = ACCOUNTS_PAGE
"""The same for a search (2,200 of 100,000), which compares an address in 3 microseconds."""
