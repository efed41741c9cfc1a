"""Every bound of the sync worker, with its reason."""

PAGE_SIZE = 200
"""Messages per listing; Nylas' maximum (docs: Messages, `limit`)."""

WANTED_PAGE_BYTES = 8 * 1024 * 1024
"""Bytes of a page, inflated, above which the next page gets fewer messages; pages of ordinary mail have 1 to 4 MB."""

PAGE_BYTES = 2 * WANTED_PAGE_BYTES
"""Bytes of a page above which it is abandoned and requested again with fewer messages."""

SHRINK_BY = 4
"""Divisor of the page size after an abandoned page: from 200 messages to one in four tries."""

MESSAGE_BYTES = 32 * 1024 * 1024
"""Most bytes of a single message, inflated. A larger one is parked: at most half of it would fit into a record."""

SIZES_REMEMBERED = 10_000
"""Most mailboxes whose reduced page size is remembered."""

PUBLISH_GROUP = 50
"""Listed messages that are hashed, encoded and published together: about 10 ms in which nobody else is served."""

PUBLISH_CHARACTERS = 2 * 1024 * 1024
"""Most characters of bodies that are published together. Until they are acknowledged they exist three times: parsed,
encoded, and in the producer."""

SLICE_PAGES = 25
"""Pages of a listing per request: a lost worker costs one slice."""

SLICE_SECONDS = 45.0
"""A slice ends with the page that is listed after this, well before the scheduler takes its request for lost."""

LIVE_SLICE_PAGES = 5
"""The same in the live lane: a flood of new mail shows its newest 1,000 at once, and the rest is bulk work."""

IDLE_PAGES = 10
"""Most pages in a row without a new message: a provider's filter may leave a page empty, but not this many."""

MOST_PAGES = 2_000
"""Most pages of one listing. A slice that ends by date has far fewer; only messages of the same second make it longer,
and no mailbox has 400,000 of those."""

BULK_WAIT_SECONDS = 0.5
"""How long bulk work waits for a moment without live work: a worker that never has one does two pages a second."""

WINDOW_PAGES = 150
"""Pages of the index per delta. A window that holds more is compared as far as they reach; the audit does the
rest."""

REQUESTS_IN_FLIGHT = 64
"""Accounts that one worker works for at once in the live lane, each in order."""

BULK_IN_FLIGHT = 16
"""The same in the bulk lane, where each may hold two pages of whole messages in memory."""

AUDIT_CONTENTS = 1_000
"""Messages of a slice of an audit whose whole content is compared, by turn: five pages beside 25 of the index. All of a
mailbox that has no more."""

MOST_FETCHED_SINGLY = 50
"""Unknown messages in a slice of an audit that are fetched one by one; more cost less when the slice is listed
whole, 200 a call."""

LONGEST_FETCHED = 2_000
"""Characters of an id that a path holds, percent-encoded; servers refuse longer URLs, so longer ones are listed."""

MOST_HELD = 50_000
"""Missing messages that one pass holds for approval; the next one finds the rest."""

UNREADABLE_AGAIN_SECONDS = 86_400
"""Pause between fetches of a stored message that is not listed, while listings have entries without an id: it may be
one of those."""

PARKED_REMEMBERED = 10_000
"""Most unreadable messages that a process remembers as parked: each pass over the mailbox finds them again."""

INDEX_CHUNK = 1_000
"""Rows of the database's index per statement."""

GRANT_CONCURRENCY = 3
"""Calls at once per grant in this process; Microsoft allows 4 per mailbox and application (docs: Rate limits)."""

NOTIFICATION_BATCH = 200
"""Notifications per batch: bounded memory and redo."""

MAX_BODY_BYTES = 15 * 1024 * 1024
"""Of a body in UTF-8; a longer one is cut and marked. Escaped as JSON it takes up to twice that, and must fit
into a record."""

CUT_BODY_CHARACTERS = 1024 * 1024
"""Most characters of the body of a cut message: a character takes up to 6 bytes as JSON."""

CUT_ENTRIES = 200
"""Most addresses of each kind, and most attachments, of a cut message."""

CUT_CHARACTERS = 500
"""Most characters of its subject, and of each name, address and type: with the above at most 15 MB."""

INDEX_POOL_SIZE = 8

GRANTS_PAUSE_SECONDS = 10.0
"""After the database failed to say which grants are known or purged; waiting for it would slow the live lane down."""

KNOWN_GRANTS = 200_000
"""Grants that the translator remembers as known, and as purged or not, about 30 MB each; then it asks the database
again."""

INTRODUCE_AGAIN_SECONDS = 60.0
"""How long an unknown grant is not asked about again: the wish takes its way through the scheduler."""

PURGED_AGAIN_SECONDS = 60.0
"""How long a grant counts as not purged without asking again: the live lane pays one look-up a grant and minute."""

LIFTED_AGAIN_SECONDS = 1.0
"""The same of one that is purged: it may have been connected again."""

ACQUIRE_SECONDS = 5.0
"""Time to wait for a connection; the look-up is then repeated."""

STOP_SECONDS = 3.0
"""A background loop ends within this after a stop."""

INDEX_QUERY_SECONDS = 3.0
"""A slow database must not hold up live mail: without its index, everything is published whole."""
