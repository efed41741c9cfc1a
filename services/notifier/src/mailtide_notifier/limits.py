"""The notifier's limits, with their reasons."""

from mailtide_common.runtime.retry import Backoff

POOL_SIZE = 12
"""Connections: one for each sender while it sends, one for each of the 3 consumers, and one for assembling
notices. The API's routes use the rest."""

SENDERS = 6
"""Deliveries that are sent concurrently. Few are enough: most services answer within 0.3 s, and services
limit the rate of a client."""

CHANNEL_SENDERS = 2
"""Maximum number of deliveries that are sent to one channel concurrently, so that a receiver that does not
answer leaves senders for other channels."""

ACQUIRE_SECONDS = 5.0

SEND_SECONDS = 10.0
"""Deadline of one attempt to send. For apprise, it includes the wait for a free thread."""

APPRISE_CONNECT_SECONDS = 4.0
APPRISE_READ_SECONDS = 6.0
"""Time-outs of apprise's sockets for connecting and for each read. `SEND_SECONDS` limits the whole
attempt."""

APPRISE_THREADS = 12
"""Maximum number of concurrent threads for apprise. A thread that exceeds its deadline cannot be ended. While
all threads hang, attempts through apprise fail."""

APPRISE_CHANNEL_THREADS = 3
"""Maximum number of concurrent threads for one URL, so that a service that never answers leaves threads for
others. One more than `CHANNEL_SENDERS`, so that a channel can be tested meanwhile."""

FAILED_BACKOFF = Backoff(first_seconds=10.0, cap_seconds=4 * 3_600.0)
"""Pauses between attempts. They begin with seconds, for a receiver that restarts, and grow to hours, for a
long outage."""

MAX_RETRY_AFTER_SECONDS = 86_400.0

STOP_SECONDS = 11.0
"""Longest wait for deliveries in flight when the service stops. It is longer than `SEND_SECONDS`. A delivery
that is cut off is sent again."""

POLL_SECONDS = 1.0
"""Longest wait before due notices and deliveries are looked for again. A notice that this process stores ends
the wait."""

DIGEST_MOST = 200
"""Maximum number of notices in one digest. More notices become several digests."""

DIGEST_NAMED = 5
"""Maximum number of notices that the text of a digest lists. The text gives the number of the others."""

ASSEMBLE_BATCH = 1_000

REMIND_BATCH = 1_000

MAIL_WINDOW_SECONDS = 3_600
"""Period of a rule's `max_per_hour`, and delay of the digest for mail beyond this limit."""

EVENT_BATCH = 200
MAIL_BATCH = 200

STATE_DAYS = 45
"""Days for which notices and deliveries are kept after they were stored, and ended incidents after they
opened. Notices about open incidents are kept longer. Kafka keeps alerts for 30 days, so an alert that is read
again causes no second notice."""

PRUNE_SECONDS = 600.0
PRUNE_BATCH = 5_000

MAX_SHOWN = 200
"""Maximum number of characters of each value in a notice's text, such as a sender, a subject or a reason.
Events for programs contain the whole values."""
