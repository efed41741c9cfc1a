"""Limits of the ingress, with their reasons."""

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Largest accepted body, in bytes as received. Nylas limits a notification to 1 MB of JSON."""

MAX_DRAINED_BYTES = 16 * 1024 * 1024
"""Maximum number of bytes of a refused body that are read before the answer. They are read because a client
that is still sending could miss the answer."""

BODY_SECONDS = 8.0
"""Time to receive a whole body. Nylas gives up after 10 s, and uvicorn has no limit."""

ANSWER_SECONDS = 4.5
"""Time from the end of the body to the answer. A 503 must be sent within 5 s."""

MAX_BUFFERED_BYTES = 192 * 1024 * 1024
"""Maximum number of bytes of bodies in memory, over all requests of a process. If more is needed, requests
are answered 503, slow ones first.

The pod's limit is 384 MiB. The process itself takes 80 MiB, and 1,000 connections have buffers. A body is
briefly in memory twice while it is published.
"""

MAX_BUFFERED_BYTES_OF_ONE = 144 * 1024 * 1024
"""Maximum number of bytes of bodies in memory from one client. All deliveries may arrive from one address,
such as a proxy's."""

SLOW_BODY_SECONDS = 2.0
"""A body that takes longer counts as slow, and may be refused to free memory. 1 MB in 2 s is 4 Mbit/s."""

RETRY_AFTER_SECONDS = 10
"""`Retry-After` of a 503. Nylas waits for minutes anyway."""

SECRETS_POLL_SECONDS = 1.0
"""Pause between reads of new secrets. A signature that matches no known secret causes a read at once."""

PREVIOUS_SECRET_SECONDS = 30 * 60
"""Time for which a replaced secret is accepted if no record of it has an `expires_at`.

Nylas' last attempt is 10 to 20 minutes after its first.
"""

PENDING_SECONDS = 5 * 60
"""Time for which a new secret counts as being issued if its record has no `expires_at`."""

MAX_ATTEMPT = 1_000
"""Highest plausible delivery attempt; Nylas makes three."""

OAUTH_SECONDS = 10 * 60
"""Longest time from `/connect` to the callback."""

MAX_RETURN_TO_LENGTH = 1_024
"""Maximum number of characters of `return_to` as an absolute, percent-encoded URL. The encrypted flow must
fit into a cookie of 4,096 bytes."""

MAX_CODE_LENGTH = 4_096
MAX_STATE_LENGTH = 256
MAX_ERROR_LENGTH = 100
"""Maximum number of characters of an error code that is passed to the application."""
