"""Limits of the ingress, with their reasons."""

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Size of the largest body accepted, as received. Nylas limits notifications to 1 MB of JSON."""

MAX_DRAINED_BYTES = 16 * 1024 * 1024
"""Most bytes of a refused body that are read and discarded: a client that is still sending misses the answer."""

BODY_SECONDS = 8.0
"""Time to receive a whole body: Nylas times out after 10 s, and uvicorn has no limit."""

ANSWER_SECONDS = 4.5
"""Time from body to answer: a 503 must be sent within 5 s, and the publisher gives up on a record after 4 s."""

MAX_BUFFERED_BYTES = 192 * 1024 * 1024
"""Bytes of bodies in memory over all requests; further requests are answered 503. The pod's limit is 384 MiB: the
process takes 80 MiB, a body being published briefly exists twice, and 1,000 connections have buffers."""

MAX_BUFFERED_BYTES_OF_ONE = 144 * 1024 * 1024
"""The same for one client address. It is high because all deliveries may arrive from one address, such as a proxy."""

SLOW_BODY_SECONDS = 2.0
"""A body that takes longer counts as slow and may be refused to free memory. 1 MB in this time is 4 Mbit/s."""

RETRY_AFTER_SECONDS = 10
"""`Retry-After` of a 503. Nylas' own back-off is minutes long."""

SECRETS_POLL_SECONDS = 1.0
"""Interval of reading new secrets. A signature that matches none causes a read at once."""

PREVIOUS_SECRET_SECONDS = 30 * 60
"""Time for which a replaced secret is accepted: Nylas' last attempt comes 10 to 20 minutes after the first."""

PENDING_SECONDS = 5 * 60
"""Time for which a secret counts as being issued, if its record states no end."""

MAX_ATTEMPT = 1_000
"""Highest plausible delivery attempt; Nylas makes three."""

OAUTH_SECONDS = 10 * 60
"""Time from `/connect` to the callback."""

MAX_RETURN_TO_LENGTH = 1_024
"""Characters of the URL, percent-encoded. Encrypted with `user_id`, it must fit into a cookie of 4,096 bytes."""

MAX_CODE_LENGTH = 4_096
MAX_STATE_LENGTH = 256
MAX_ERROR_LENGTH = 100
"""Characters of Nylas' `error` that are passed on."""
