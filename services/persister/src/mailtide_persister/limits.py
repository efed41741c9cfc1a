"""Every bound of the persister, with its reason."""

MIGRATE_CONNECT_SECONDS = 5
"""A one-shot says quickly that Postgres is unavailable; whoever runs it tries again."""

MIGRATE_LOCK_SECONDS = 300
"""Another migration may build an index for minutes."""

BODY_TEXT_INPUT_CHARACTERS = 1_000_000
"""How much of a body is turned into plain text. Parsing costs about 8 ms per MB, and holds up the event loop."""

STATEMENT_BYTES = 1536 * 1024
"""Of records; plain text comes on top. Above 2 to 4 MB in all, one statement gets slower than two."""

STATEMENT_ROWS = 200
"""As many rows as bring anything; more only makes a failed batch dearer."""

ACQUIRE_SECONDS = 5
"""A batch that gets no connection in this time is tried again."""

IDLE_IN_TRANSACTION_MS = 5_000
"""A process that froze with its locks held is cut off by Postgres, so the partition's next owner goes on."""

FOLDER_KNOWN_SECONDS = 600.0
"""How long a folder that has a row is not looked up again; messages name the same few all the time."""

FOLDERS_UNKNOWN_SECONDS = 3_600.0
"""How long a mailbox's folders are not listed again for a folder that its listing does not show."""

FOLDER_GRACE_SECONDS = 2
"""Pause between a message that names an unknown folder and the listing: a webhook may bring the folder first."""

FOLDERS_REMEMBERED = 200_000
"""Most remembered folders, about 40 MB; beyond it the old entries are dropped, or all of them."""

PURGE_SLICE_ROWS = 2_000
"""Messages that one transaction of a purge deletes: well within a statement's and a batch's deadline."""

PRUNE_ROWS = 1_000
"""Most dead letters deleted at once."""

PURGES_POLL_MS = 1_000
"""How long one poll of the purges waits."""

PURGES_SWEEP_SECONDS = 60.0
"""Pause between two searches for rows of purged accounts; only a persister of an earlier version writes any."""

RECONNECT_SECONDS = 1.0

BATCH_RECORDS = 400
"""Content and state of 200 messages: what one statement takes."""

LANES = 2
"""Connections that write one batch. While Postgres works for one lane, the other decodes; more than two gain
nothing on two cores, and add pods before lanes on more."""

POOL_SIZE = LANES + 4
"""A connection for each consumer that may write at once: messages in lanes, and four other topics."""

SCHEMA_WAIT_SECONDS = 60
"""A deployment starts services and the migration together; after this it was forgotten."""

SCHEMA_PAUSE_SECONDS = 1.0

REPLAY_RECORDS = 1_000
"""Records between two reports of progress; statements have their own bound."""

REPLAY_ATTEMPTS = 6
REPLAY_PAUSE_SECONDS = 1.0
"""Together 15 s: a restart of Postgres or a lock that a service holds does not end a long replay."""
