"""Limits of the sync worker, with their reasons."""

PAGE_SIZE = 200
"""Maximum number of messages per page of a listing: Nylas' maximum (docs: Messages, `limit`)."""

WANTED_PAGE_BYTES = 8 * 1024 * 1024
"""Inflated bytes of a page above which the next page gets fewer messages. A page of ordinary mail has 1 to 4
MB."""

PAGE_BYTES = 2 * WANTED_PAGE_BYTES
"""Inflated bytes of a page above which it is abandoned and requested again with fewer messages. A page of one
whole message may have `MESSAGE_BYTES`."""

SHRINK_BY = 4
"""Divisor of the page size after an abandoned page. Four abandoned pages reduce 200 messages to one."""

MESSAGE_BYTES = 32 * 1024 * 1024
"""Maximum number of inflated bytes of a single message. A larger message is parked: less than half of it
could be stored (`MAX_BODY_BYTES`)."""

SIZES_REMEMBERED = 10_000
"""Maximum number of reduced page sizes that are remembered. A mailbox has up to two: for whole messages, and
for the index."""

PUBLISH_GROUP = 50
"""Maximum number of messages that are hashed, encoded and published together. This takes about 10 ms, in
which the worker serves no other account."""

PUBLISH_CHARACTERS = 2 * 1024 * 1024
"""Maximum number of characters of bodies that are published together; a longer body is published alone. Until
Kafka acknowledges a body, the worker holds it three times: parsed, encoded, and in the producer."""

SLICE_PAGES = 25
"""Pages of a slice of bulk work. If a worker is lost, at most one slice is repeated. A slice gets longer
while it makes no progress (`listings/slice_cursor.py`)."""

SLICE_SECONDS = 45.0
"""Seconds after which a slice ends with the next page that arrives. The scheduler sends a request again after
90 s or more."""

LIVE_SLICE_PAGES = 5
"""Pages of a slice of live work. Of much new mail, the newest 1,000 messages appear at once; the rest is bulk
work."""

MOST_PAGES = 2_000
"""Maximum number of pages of one listing; a longer listing fails. Slices end far earlier, except where all
messages have the same second. No mailbox has 400,000 of those."""

BULK_WAIT_SECONDS = 0.5
"""Longest wait of the page of bulk work at the head of the queue, so that bulk work makes progress."""

WINDOW_PAGES = 150
"""Pages of the index that a delta compares. If its window is larger, audits compare the older part."""

REQUESTS_IN_FLIGHT = 64
"""Accounts for which a worker does live work concurrently. Requests of one account are handled in order."""

BULK_IN_FLIGHT = 16
"""Accounts for which a worker does bulk work concurrently. Each may need memory for two pages of whole
messages."""

AUDIT_CONTENTS = 1_000
"""Maximum number of messages of an audit's slice whose whole content is compared. Of a longer slice, a part
is compared, which changes daily. This costs five or six pages, beside 25 pages of the index."""

MOST_FETCHED_SINGLY = 50
"""Maximum number of messages of an audit's slice that are fetched one by one. If more must be fetched, the
slice is listed with whole messages, 200 a call, which costs fewer calls."""

LONGEST_FETCHED = 2_000
"""Longest id, in percent-encoded characters, of which an audit requests a fetch: servers refuse long URLs. A
slice in which a longer id must be fetched is listed with whole messages instead."""

MOST_HELD = 50_000
"""Maximum number of missing messages that a delta or an audit's slice holds for approval. The next pass finds
the rest."""

UNREADABLE_AGAIN_SECONDS = 86_400
"""Seconds between fetches of a stored message that is not listed, while the listing has entries that cannot
be read. One of those entries may be the message."""

PARKED_REMEMBERED = 10_000
"""Maximum number of unreadable or unpublishable messages that a process remembers as parked, because each
pass finds them again."""

INDEX_CHUNK = 1_000
"""Maximum number of messages per statement that reads the stored index."""

GRANT_CONCURRENCY = 3
"""Concurrent calls per grant in this process. Microsoft allows 4 per mailbox and application (docs: Rate
limits)."""

NOTIFICATION_BATCH = 200
"""Maximum number of notifications per batch. This bounds memory, and the work that is repeated after a
failure."""

MAX_BODY_BYTES = 15 * 1024 * 1024
"""Maximum number of bytes of a body in UTF-8. A longer body is cut, and its message marked as `sanitised`. As
JSON, ordinary text takes up to twice as many bytes, which fit into a record. Only control characters take
more."""

CUT_BODY_CHARACTERS = 1024 * 1024
"""Maximum number of characters of the body of a cut message. As JSON, a character takes up to 6 bytes."""

CUT_ENTRIES = 200
"""Maximum number of addresses in each field of a cut message and of attachments."""

CUT_CHARACTERS = 500
"""Maximum number of characters of each text of a cut message except its body. With these limits, a cut
message has at most 15 MB."""

INDEX_POOL_SIZE = 8

GRANTS_PAUSE_SECONDS = 10.0
"""Pause after a failed look-up of known or purged grants. Repeated attempts would delay live work."""

KNOWN_GRANTS = 200_000
"""Maximum number of grants in the cache of known grants, and in that of purged grants. Each cache takes up to
about 30 MB. A full cache is emptied."""

INTRODUCE_AGAIN_SECONDS = 60.0
"""Seconds for which the account of an unknown grant is not requested again. Meanwhile the scheduler handles
the request."""

PURGED_AGAIN_SECONDS = 60.0
"""Seconds for which a grant counts as not purged without another look-up. Live work pays one look-up per
grant and minute."""

LIFTED_AGAIN_SECONDS = 1.0
"""Seconds for which a grant counts as purged without another look-up. The mailbox may have been connected
again."""

ACQUIRE_SECONDS = 5.0
"""Longest wait for a connection to Postgres."""

STOP_SECONDS = 3.0
"""Seconds that a background loop has to end after `stop`. Then it is cancelled."""

INDEX_QUERY_SECONDS = 3.0
"""Time limit of the statement of each look-up for a batch of notifications. If the look-up of messages fails,
all messages count as unknown."""
