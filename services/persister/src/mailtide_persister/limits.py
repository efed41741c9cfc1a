"""The persister's limits, with their reasons."""

from mailtide_common.runtime.retry import Backoff

MIGRATE_CONNECT_SECONDS = 5
"""Longest wait of `mailtide migrate` for a connection. It is short, because whoever runs the command can
repeat it."""

MIGRATE_LOCK_SECONDS = 300
"""Longest wait for a lock. Another migration may build an index for minutes."""

BODY_TEXT_INPUT_CHARACTERS = 1_000_000
"""Maximum number of characters of an HTML body that are converted to plain text. Parsing takes about 8 ms per
MB, and blocks the event loop."""

STATEMENT_BYTES = 1536 * 1024
"""Maximum size of the records in one statement, without the plain text of their bodies. A statement of more
than 2 to 4 MB in total is slower than two statements."""

STATEMENT_ROWS = 200
"""Maximum number of rows in one statement. Larger statements are not faster."""

ACQUIRE_SECONDS = 5
"""Longest wait for a connection of the pool."""

IDLE_IN_TRANSACTION_MS = 5_000
"""Idle time after which Postgres ends a session that holds locks. Otherwise a frozen process would block the
next owner of its partition."""

FOLDER_KNOWN_SECONDS = 600.0
"""Time for which a folder that has a row, and is not deleted, is not looked up again. Messages name the same
few folders."""

FOLDERS_UNKNOWN_SECONDS = 3_600.0
"""Time for which a folder that has no row, or is deleted, causes no second listing of its mailbox's
folders."""

FOLDER_GRACE_SECONDS = 2
"""Delay between a message that names an unknown folder and the listing of folders. The scheduler merges requests
that follow within this time, such as that of the folder's own webhook."""

FOLDERS_REMEMBERED = 200_000
"""Number of remembered folders (about 40 MB) above which expired entries are dropped. If that is not enough,
all entries are dropped."""

PURGE_SLICE_ROWS = 2_000
"""Maximum number of messages that one transaction of a purge deletes. This takes far less time than the time
limit of a statement or a batch."""

PRUNE_ROWS = 1_000
"""Maximum number of dead letters that one call of `prune_dead_letters` deletes."""

PURGES_POLL_MS = 1_000
"""Longest wait of one poll of `mail.purges.v1`."""

PURGES_SWEEP_SECONDS = 60.0
"""Pause between two runs of `adopt`, `sweep` and `prune` of `PurgeApplier`."""

BATCH_RECORDS = 200
"""Maximum number of records in a batch, such as content and state of 100 messages. Larger batches save no
time, and a failed one repeats more work."""

WRITERS = 3
"""Batches of messages that are written concurrently. Postgres works on one, another waits for its commit, and
the third is decoded. On two cores, more batches are not faster. On more cores, add pods first."""

POOL_SIZE = WRITERS + 5
"""Connections: `WRITERS` for messages, one for each of the four other topics, and one for `WebhookMinutes`.
Purges wait for a free connection."""

WEBHOOK_MINUTES_SECONDS = 10.0
"""Pause between two writes to `webhook_minutes`. The console's charts may be this old."""

WEBHOOK_MINUTES_HOURS = 72
"""Hours for which rows of `webhook_minutes` are kept. The console shows one day."""

SCHEMA_WAIT_SECONDS = 60
"""Longest wait for the migration. A deployment starts the migration together with the services."""

REPLAY_RECORDS = 1_000
"""Maximum number of records that a replay reads at once, shared by all workers of a topic. Progress is
reported after each read."""

REPLAY_ATTEMPTS = 6
REPLAY_BACKOFF = Backoff(first_seconds=1.0, cap_seconds=5.0, jitter=0.0)
"""Pauses of 17 s in total between the attempts. A restart of Postgres, or a lock that a service holds, is
usually shorter, so it does not end a long replay."""
