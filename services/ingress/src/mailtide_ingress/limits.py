"""Every bound of the ingress, with its reason."""

MAX_BODY_BYTES = 2 * 1024 * 1024
"""As received, inclusive. Nylas cuts at 1 MB of JSON."""

MAX_DRAINED_BYTES = 16 * 1024 * 1024
"""Of a body that is too large, so much is read and dropped: a sender that still sends sees no 413."""

BODY_SECONDS = 8.0
"""For the whole body: Nylas gives up after 10 s, and uvicorn has no limit of its own."""

ANSWER_SECONDS = 4.5
"""From body to answer: 503 shall leave within 5 s, the publisher gives a record up after 4 s."""

MAX_BUFFERED_BYTES = 192 * 1024 * 1024
"""Bytes of bodies in memory over all requests; beyond it, requests are answered 503. The pod's limit is 384 MiB: the
process takes 80 MiB, a body on its way to Kafka briefly exists twice, and 1,000 connections have buffers."""

MAX_BUFFERED_BYTES_OF_ONE = 144 * 1024 * 1024
"""Of one client's address. Not less: all of Nylas' deliveries may come from one, a proxy's for example."""

SLOW_BODY_SECONDS = 2.0
"""A body that takes longer is slow, and refused when memory is used up. 1 MB in this time is 4 Mbit/s."""

RETRY_AFTER_SECONDS = 10
"""What a 503 advises. Nylas' own back-off is minutes long."""

SECRETS_POLL_SECONDS = 1.0
"""How old the known secrets may be; a signature that no secret matches makes them fresh at once."""

RECONNECT_SECONDS = 1.0
"""Pause between attempts to reach Kafka."""

PREVIOUS_SECRET_SECONDS = 30 * 60
"""A replaced secret counts so long: Nylas' last attempt comes 10 to 20 minutes after the first."""

PENDING_SECONDS = 5 * 60
"""A pending mark without an end of its own counts so long."""

MAX_ATTEMPT = 1_000
"""A delivery attempt beyond it is nonsense; Nylas makes three."""

OAUTH_SECONDS = 10 * 60
"""From connect to callback."""

MAX_RETURN_TO_LENGTH = 1_024
"""Characters of the whole URL, percent-encoded. Together with `user_id` it must fit a cookie of 4,096 bytes, sealed."""

MAX_USER_ID_LENGTH = 128
"""Characters; up to four bytes each in the cookie."""

MAX_CODE_LENGTH = 4_096
MAX_STATE_LENGTH = 256
MAX_ERROR_LENGTH = 100
"""Characters of Nylas' `error` that are passed on."""
