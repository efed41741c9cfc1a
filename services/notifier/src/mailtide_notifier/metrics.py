"""The notifier's metrics."""

from prometheus_client import Counter, Gauge, Histogram

from mailtide_common.runtime.metrics import LATENCY_BUCKETS

NOTICES = Counter(
    "mailtide_notifier_notices_total",
    "Notices stored, each for one channel, by event: opened, reminder, ended, mail.",
    ["event"],
)
DELIVERIES = Counter(
    "mailtide_notifier_deliveries_total",
    "Attempts to send a delivery, by kind of channel and by outcome: sent, failed (tried again later), dead "
    "(given up).",
    ["channel", "outcome"],
)
DELIVERY_SECONDS = Histogram(
    "mailtide_notifier_delivery_seconds",
    "Duration of one attempt to send, tests included, by kind of channel.",
    ["channel"],
    buckets=LATENCY_BUCKETS,
)
PENDING_DELIVERIES = Gauge(
    "mailtide_notifier_pending_deliveries", "Deliveries that are neither sent nor given up."
)
DEAD_DELIVERIES = Gauge(
    "mailtide_notifier_dead_deliveries", "Deliveries that were given up and are still kept."
)
OLDEST_PENDING_SECONDS = Gauge(
    "mailtide_notifier_oldest_pending_seconds", "Age of the oldest pending delivery; 0 if there is none."
)
