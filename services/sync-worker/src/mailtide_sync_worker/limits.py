"""Every bound of the sync worker, with its reason."""

PAGE_SIZE = 200
"""Messages per listing; Nylas' maximum (docs: Messages, `limit`)."""

SLICE_PAGES = 25
"""Pages of a delta per request: a slice ends within a minute even when Nylas is slow, and a lost worker costs
one slice."""

REQUESTS_IN_FLIGHT = 64
"""Sync requests that one worker has taken on: many accounts at once, each in order."""

GRANT_CONCURRENCY = 3
"""Calls at once per grant in this process; Microsoft allows 4 per mailbox and application (docs: Rate limits)."""

NOTIFICATION_BATCH = 200
"""Notifications per batch: bounded memory and redo."""

MAX_BODY_BYTES = 15 * 1024 * 1024
"""Of a body in UTF-8; a longer one is cut and marked. Escaped as JSON it takes up to twice that, and must fit
into a record."""

INDEX_POOL_SIZE = 4

INDEX_QUERY_SECONDS = 3.0
"""A slow database must not hold up live mail: without its index, everything is published whole."""
