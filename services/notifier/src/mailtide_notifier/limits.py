"""Every bound of the notifier, with its reason."""

from mailtide_common.runtime.retry import Backoff

POOL_SIZE = 12
"""Each sender holds a connection while it sends; consumers 3, the rest for routes."""

SENDERS = 6
"""Deliveries that are sent at once: services rate-limit their clients, and most answer within 0.3 s."""

ACQUIRE_SECONDS = 5.0

SEND_SECONDS = 10.0
"""Deadline of one delivery, from connecting to the end of the answer."""

APPRISE_CONNECT_SECONDS = 4.0
APPRISE_READ_SECONDS = 6.0
"""Time-outs of apprise's sockets. They bound each read, not the whole: `SEND_SECONDS` does that."""

APPRISE_THREADS = 12
"""A thread that outlives its deadline cannot be ended. While so many hang, further deliveries wait."""

FAILED_BACKOFF = Backoff(first_seconds=10.0, cap_seconds=4 * 3_600.0)
"""Of failed deliveries: a restart of the receiver costs seconds, an outage no flood."""

MAX_RETRY_AFTER_SECONDS = 86_400.0

STOP_SECONDS = 11.0
"""A delivery in flight ends within `SEND_SECONDS`; what is cut off is sent again with the same id."""

POLL_SECONDS = 1.0
"""Pause between two looks for what is due; decisions of this process are found at once."""

DIGEST_MOST = 200
"""Notices of one digest; more become several."""

DIGEST_NAMED = 5
"""Notices of a digest that its text names."""

ASSEMBLE_BATCH = 1_000

REMIND_BATCH = 1_000

MAIL_WINDOW_SECONDS = 3_600
"""What a rule's limit counts within, and how long further mail is collected."""

EVENT_BATCH = 200
MAIL_BATCH = 200

STATE_DAYS = 45
"""How long notices, deliveries and ended incidents are kept: longer than Kafka keeps the alerts (30 days), so that one
that is read again is known."""

PRUNE_SECONDS = 600.0
PRUNE_BATCH = 5_000

MAX_SHOWN = 200
"""Characters of a sender or a subject in a notice."""
