"""Every bound of the persister, with its reason."""

MIGRATE_CONNECT_SECONDS = 5
"""A one-shot says quickly that Postgres is away; whoever runs it tries again."""

MIGRATE_LOCK_SECONDS = 300
"""Another migration may build an index for minutes."""

BODY_TEXT_INPUT_CHARACTERS = 1_000_000
"""How much of a body is turned into plain text. Parsing costs about 8 ms per MB, and holds up the event loop."""

STATEMENT_BYTES = 2 * 1024 * 1024
"""Above 2 to 4 MB one statement gets slower than two."""

STATEMENT_ROWS = 200
"""As many rows as bring anything; more only makes a failed batch dearer."""

ACQUIRE_SECONDS = 5
"""A batch that gets no connection in this time is tried again."""

IDLE_IN_TRANSACTION_MS = 5_000
"""A process that froze with its locks held is cut off by Postgres, so the partition's next owner goes on."""

PURGE_SLICE_ROWS = 2_000
"""Messages that one transaction of a purge deletes: well within a statement's and a batch's deadline."""
