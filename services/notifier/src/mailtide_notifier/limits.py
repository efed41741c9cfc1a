"""The notifier's limits, with their reasons."""

from mailtide_common.runtime.retry import Backoff

POOL_SIZE = 12
"""Connections: one for each sender, which holds it while it sends, one for each of the 3 consumers, one for assembling
notices, the rest for routes."""

SENDERS = 6
"""Deliveries sent concurrently: few, because services limit the rate of a client, and most answer within 0.3 s."""

ACQUIRE_SECONDS = 5.0

SEND_SECONDS = 10.0
"""Deadline of one attempt to send, from connecting to the end of the answer."""

APPRISE_CONNECT_SECONDS = 4.0
APPRISE_READ_SECONDS = 6.0
"""Time-outs of apprise's sockets, for connecting and for each read; `SEND_SECONDS` bounds the whole attempt."""

APPRISE_THREADS = 12
"""Concurrent threads. One that exceeds its deadline cannot be ended; while this many hang, attempts through apprise
fail."""

FAILED_BACKOFF = Backoff(first_seconds=10.0, cap_seconds=4 * 3_600.0)
"""Pauses between attempts: seconds at first, for a receiver that restarts, and hours in a long outage."""

MAX_RETRY_AFTER_SECONDS = 86_400.0

STOP_SECONDS = 11.0
"""Time for deliveries in flight to end, longer than `SEND_SECONDS`; one that is cut off is sent again."""

POLL_SECONDS = 1.0
"""Longest wait until due notices and deliveries are looked for again; a notice stored by this process ends it."""

DIGEST_MOST = 200
"""Most notices in one digest; more become several digests."""

DIGEST_NAMED = 5
"""Notices that a digest's text lists; it counts the others."""

ASSEMBLE_BATCH = 1_000

REMIND_BATCH = 1_000

MAIL_WINDOW_SECONDS = 3_600
"""Period of a rule's limit, and of the digest that collects the mail beyond it."""

EVENT_BATCH = 200
MAIL_BATCH = 200

STATE_DAYS = 45
"""How long notices and deliveries are kept after they were stored, and ended incidents after they opened: longer than
Kafka keeps alerts (30 days), so that an alert that is read again causes no second notice."""

PRUNE_SECONDS = 600.0
PRUNE_BATCH = 5_000

MAX_SHOWN = 200
"""Most characters of each text that is inserted into a notice's text, such as a sender, a subject or a reason."""
