"""Limits of the sync worker, with their reasons."""

PAGE_SIZE = 200
"""Most messages per page of a listing; Nylas' maximum (docs: Messages, `limit`)."""

WANTED_PAGE_BYTES = 8 * 1024 * 1024
"""Bytes of a page, inflated, above which the next page gets fewer messages; pages of ordinary mail have 1 to 4 MB."""

PAGE_BYTES = 2 * WANTED_PAGE_BYTES
"""Bytes of a page above which it is abandoned and requested again with fewer messages."""

SHRINK_BY = 4
"""Divisor of the page size after an abandoned page: from 200 messages to one in four tries."""

MESSAGE_BYTES = 32 * 1024 * 1024
"""Most bytes of a single message, inflated. A larger one is parked: at most half of it would fit into a record."""

SIZES_REMEMBERED = 10_000
"""Most reduced page sizes that are remembered: a mailbox has one for whole messages and one for the index."""

PUBLISH_GROUP = 50
"""Most messages that are hashed, encoded and published together: about 10 ms without serving other accounts."""

PUBLISH_CHARACTERS = 2 * 1024 * 1024
"""Most characters of bodies that are published together. Until they are acknowledged they exist three times: parsed,
encoded, and in the producer."""

SLICE_PAGES = 25
"""Pages of a bulk slice: a lost worker costs one slice. Like a live one, it gets longer while it makes no progress."""

SLICE_SECONDS = 45.0
"""A slice ends with the page that is listed after this time, well before the scheduler considers its request lost."""

LIVE_SLICE_PAGES = 5
"""Pages of a live slice: of much new mail, the newest 1,000 messages appear at once; the rest is bulk work."""

MOST_PAGES = 2_000
"""Most pages of one listing. A slice that ends by date has far fewer; only messages of the same second make it longer,
and no mailbox has 400,000 of those."""

BULK_WAIT_SECONDS = 0.5
"""Longest wait of one page of bulk work for live work to end; waiting pages queue. Bulk work thus makes progress."""

WINDOW_PAGES = 150
"""Pages of the index per delta. A larger window is compared as far as they reach; audits compare the rest."""

REQUESTS_IN_FLIGHT = 64
"""Accounts for which a worker does live work concurrently; the requests of each are handled in order."""

BULK_IN_FLIGHT = 16
"""Accounts for which a worker does bulk work concurrently; each may need memory for two pages of whole messages."""

AUDIT_CONTENTS = 1_000
"""Most messages of an audit's slice whose whole content is compared, in rotation: five or six pages beside 25 of the
index. A slice with fewer messages is compared whole."""

MOST_FETCHED_SINGLY = 50
"""Most unknown or differing messages of an audit's slice that are fetched one by one; more cost less when the slice is
listed as a whole, 200 a call."""

LONGEST_FETCHED = 2_000
"""Most characters, percent-encoded, of an id that an audit requests a fetch of: servers refuse long URLs, so a slice in
which a longer id is to be fetched is listed as a whole."""

MOST_HELD = 50_000
"""Most missing messages that a delta or an audit's slice holds for approval; the next pass finds the rest."""

UNREADABLE_AGAIN_SECONDS = 86_400
"""Pause between fetches of a stored message that is not listed, while listings have entries that cannot be read: it
may be one of those."""

PARKED_REMEMBERED = 10_000
"""Most unreadable or unpublishable messages that a process remembers as parked: each pass over the mailbox finds them
again."""

INDEX_CHUNK = 1_000
"""Rows of the database's index per statement."""

GRANT_CONCURRENCY = 3
"""Concurrent calls per grant in this process; Microsoft allows 4 per mailbox and application (docs: Rate limits)."""

NOTIFICATION_BATCH = 200
"""Notifications per batch: bounds memory and the work that is repeated after a failure."""

MAX_BODY_BYTES = 15 * 1024 * 1024
"""Bytes of a body in UTF-8; a longer one is cut and marked. Escaped as JSON, text takes up to twice as much, which fits
into a record; only control characters take more."""

CUT_BODY_CHARACTERS = 1024 * 1024
"""Most characters of the body of a cut message: a character takes up to 6 bytes as JSON."""

CUT_ENTRIES = 200
"""Most addresses of each kind, and most attachments, of a cut message."""

CUT_CHARACTERS = 500
"""Most characters of subject and snippet, and of each text of the addresses and attachments, of a cut message, which
then has at most 15 MB in all."""

INDEX_POOL_SIZE = 8

GRANTS_PAUSE_SECONDS = 10.0
"""Pause after a failed look-up of known or purged grants; repeated attempts would delay live work."""

KNOWN_GRANTS = 200_000
"""Most grants in each of the translator's two caches, of known and of purged grants: about 30 MB a cache. A full one is
emptied."""

INTRODUCE_AGAIN_SECONDS = 60.0
"""Time for which an unknown grant's account is not requested again: the request is on its way through the scheduler."""

PURGED_AGAIN_SECONDS = 60.0
"""Time for which a grant counts as not purged without another look-up: live work pays one look-up per grant and minute.
"""

LIFTED_AGAIN_SECONDS = 1.0
"""Time for which a grant counts as purged without another look-up; it may have been connected again."""

ACQUIRE_SECONDS = 5.0
"""Longest wait for a connection to Postgres."""

STOP_SECONDS = 3.0
"""Time for a background loop to end after `stop`; then it is cancelled."""

INDEX_QUERY_SECONDS = 3.0
"""Time limit of each look-up for a batch of notifications; without that of messages, all of them count as unknown."""
