"""Bounds of the ingress, each with its reason."""

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Largest body as received, inclusive. Nylas limits notifications to 1 MB of JSON."""

MAX_DRAINED_BYTES = 16 * 1024 * 1024
"""Bytes of a too large body that are read and dropped: a client that is still sending does not see the 413."""

BODY_SECONDS = 8.0
"""Time for the whole body: Nylas gives up after 10 s, and uvicorn has no limit."""

ANSWER_SECONDS = 4.5
"""Time from body to answer: a 503 must leave within 5 s, and the publisher gives up a record after 4 s."""

MAX_BUFFERED_BYTES = 192 * 1024 * 1024
"""Bytes of bodies in memory over all requests; beyond it, requests are answered 503. The pod's limit is 384 MiB: the
process takes 80 MiB, a body on its way to Kafka briefly exists twice, and 1,000 connections have buffers."""

MAX_BUFFERED_BYTES_OF_ONE = 144 * 1024 * 1024
"""The same for one client address. Not less: all of Nylas' deliveries may come from one, such as a proxy's."""

SLOW_BODY_SECONDS = 2.0
"""A body that takes longer is slow, and refused when memory is used up. 1 MB in this time is 4 Mbit/s."""

RETRY_AFTER_SECONDS = 10
"""`Retry-After` of a 503. Nylas' own back-off is minutes long."""

SECRETS_POLL_SECONDS = 1.0
"""Age of the known secrets; a signature that matches none of them causes a read at once."""

PREVIOUS_SECRET_SECONDS = 30 * 60
"""Time for which a replaced secret is accepted: Nylas' last attempt comes 10 to 20 minutes after the first."""

PENDING_SECONDS = 5 * 60
"""Time for which a pending mark counts if it has no end of its own."""

MAX_ATTEMPT = 1_000
"""Highest plausible delivery attempt; Nylas makes three."""

OAUTH_SECONDS = 10 * 60
"""Time from connect to callback."""

MAX_RETURN_TO_LENGTH = 1_024
"""Characters of the whole URL, percent-encoded. Together with `user_id` it must fit a cookie of 4,096 bytes, sealed."""

MAX_USER_ID_LENGTH = 128
"""Characters; up to four bytes each in the cookie."""

MAX_CODE_LENGTH = 4_096
MAX_STATE_LENGTH = 256
MAX_ERROR_LENGTH = 100
"""Characters of Nylas' `error` that are passed on."""
