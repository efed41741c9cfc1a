"""Bounds of the persister, each with its reason."""

from mailtide_common.runtime.retry import Backoff

MIGRATE_CONNECT_SECONDS = 5
"""Time limit of a connect: a one-shot command reports an unavailable Postgres quickly, and its caller retries."""

MIGRATE_LOCK_SECONDS = 300
"""Longest wait for a lock: another migration may build an index for minutes."""

BODY_TEXT_INPUT_CHARACTERS = 1_000_000
"""Characters of a body that are converted to plain text. Parsing takes about 8 ms per MB and blocks the event loop."""

STATEMENT_BYTES = 1536 * 1024
"""Bytes of records in one statement; plain text is added. Above 2 to 4 MB in all, one statement is slower than two."""

STATEMENT_ROWS = 200
"""Rows of one statement; more gain nothing and make a failed batch more expensive."""

ACQUIRE_SECONDS = 5
"""Longest wait for a connection; after it the batch is retried."""

IDLE_IN_TRANSACTION_MS = 5_000
"""Time after which Postgres ends the session of a frozen process that holds locks, so that the partition's
next owner can continue."""

FOLDER_KNOWN_SECONDS = 600.0
"""Time for which a folder that has a row is not looked up again: messages name the same few folders."""

FOLDERS_UNKNOWN_SECONDS = 3_600.0
"""Time for which a folder that has no row, or is deleted, causes no further listing of its mailbox's folders."""

FOLDER_GRACE_SECONDS = 2
"""Delay between a message that names an unknown folder and the listing: a webhook may announce the folder first."""

FOLDERS_REMEMBERED = 200_000
"""Most folders that are remembered, about 40 MB; beyond it the expired entries are dropped, or all of them."""

PURGE_SLICE_ROWS = 2_000
"""Messages that one transaction of a purge deletes: well within the deadlines of a statement and of a batch."""

PRUNE_ROWS = 1_000
"""Most dead letters that are deleted at once."""

PURGES_POLL_MS = 1_000
"""Longest wait of one poll of `mail.purges.v1`."""

PURGES_SWEEP_SECONDS = 60.0
"""Pause between two rounds of upkeep: purges of early releases, remaining rows of purged accounts, old dead letters."""

BATCH_RECORDS = 200
"""Most records of a batch: content and state of 100 messages. More save nothing, and a failed batch repeats more."""

WRITERS = 3
"""Batches of messages that are written concurrently: while Postgres works on one and another waits for its commit, the
third is decoded. More gain nothing on two cores; on more cores, add pods first."""

POOL_SIZE = WRITERS + 5
"""One connection for each consumer that may write at once (the writers of messages, and four other topics), and one for
the minutes of webhooks. Purges wait for a free one."""

WEBHOOK_MINUTES_SECONDS = 10.0
"""Pause between two additions to the minutes of webhooks: the age that the console's charts may have."""

WEBHOOK_MINUTES_HOURS = 72
"""Hours for which the minutes of webhooks are kept: the console shows a day."""

SCHEMA_WAIT_SECONDS = 60
"""Longest wait for the migration, which a deployment starts together with the services."""

REPLAY_RECORDS = 1_000
"""Most records that a replay reads at once, in all workers of a topic; each read is followed by a report of progress.
Statements have their own bound."""

REPLAY_ATTEMPTS = 6
REPLAY_BACKOFF = Backoff(first_seconds=1.0, cap_seconds=5.0, jitter=0.0)
"""Together 17 s: longer than a restart of Postgres or a lock that a service holds, so neither ends a long replay."""
