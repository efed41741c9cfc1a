"""Bounds and intervals of the console."""

POOL_SIZE = 8
"""Connections to Postgres. A page holds one while its queries run, for some milliseconds."""

ACQUIRE_SECONDS = 3.0

STATEMENT_SECONDS = 5
"""Time limit of a statement. A page with a slower one shows an error."""

LOGIN_FAILURES = 5
"""Failed logins of one client within `LOGIN_WINDOW_SECONDS`, after which its logins are refused unchecked."""

LOGIN_FAILURES_OF_ALL = 60
"""As `LOGIN_FAILURES`, for all clients together, because an attacker may use many addresses."""

LOGIN_WINDOW_SECONDS = 60.0

LOGIN_CLIENTS = 1_000
"""Clients whose failed logins are kept. If there are more, those with the oldest last failure are dropped."""

OPERATOR_NAME_LENGTH = 80

API_SECONDS = 30.0
"""Longest wait for the scheduler or notifier. A redrive waits for Kafka, a test notice for its receiver."""

BULK_MOST = 500
"""Maximum number of accounts of one bulk action."""

BULK_AT_ONCE = 8
"""Calls of a bulk action that run at once; the scheduler's pool has 8 connections."""

RUNS_PAGE = 20
"""Runs on a page; few, because each is summed over its accounts."""

RUN_ACCOUNTS_PAGE = 50
ACCOUNTS_PAGE = 50
OPERATORS_PAGE = 50

STREAMS = 50
"""Maximum number of event streams that are open at once. Each reads its rows once a second."""

STREAM_SECONDS = 600.0
"""Longest duration of a stream; then the browser opens another."""

STREAM_PAUSE_SECONDS = 1.0

STREAM_GRACE_SECONDS = 3.0
"""Time for a stream to end after SIGTERM. Then sse-starlette 3.7 cancels it, and uvicorn logs an error."""

SUMMARY_FRESH_SECONDS = 3.0
"""Age from which the summary is read again. Reading scans all accounts: 0.3 s for 100,000."""

SUMMARY_KEPT_SECONDS = 15.0
"""Age from which the summary is no longer shown. Pages then wait for a new one."""

CAUSES_SHOWN = 8
"""Maximum number of causes of dead letters on the overview."""

TIMELINE_TASKS = 60
TIMELINE_SHOWN = 40

HELD_SHOWN = 20
"""Maximum number of held messages that an account's page lists, with their total."""

WEBHOOK_SEARCHED = 200
"""Newest messages of an account among which the last webhook is searched."""

FEW = 5 * ACCOUNTS_PAGE
"""Decides how the list of accounts finds the `n` accounts in a condition among all `total` accounts.

If `n * n < FEW * total` (5,000 of 100,000), the summary has their grants, and the list reads only these
accounts: 2 microseconds each. Otherwise it reads all accounts in its order until a page is full: 15
microseconds for each of about `ACCOUNTS_PAGE * total / n` accounts."""

FEW_MATCHES = ACCOUNTS_PAGE
"""As `FEW`, for accounts that match a search (2,200 of 100,000). Each comparison takes 3 microseconds."""
