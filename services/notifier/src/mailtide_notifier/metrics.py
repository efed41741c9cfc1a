"""Every metric of the notifier."""

from prometheus_client import Counter, Gauge, Histogram

from mailtide_common.runtime.metrics import LATENCY_BUCKETS

NOTICES = Counter(
    "mailtide_notifier_notices_total",
    "Notices decided, each for one channel: opened, reminder, ended, mail.",
    ["event"],
)
DELIVERIES = Counter(
    "mailtide_notifier_deliveries_total",
    "Tries to send: sent, failed (tried again), dead (given up).",
    ["channel", "outcome"],
)
DELIVERY_SECONDS = Histogram(
    "mailtide_notifier_delivery_seconds", "One try to send.", ["channel"], buckets=LATENCY_BUCKETS
)
PENDING_DELIVERIES = Gauge(
    "mailtide_notifier_pending_deliveries", "Deliveries that are neither sent nor given up."
)
DEAD_DELIVERIES = Gauge(
    "mailtide_notifier_dead_deliveries", "Deliveries that were given up and are still kept."
)
OLDEST_PENDING_SECONDS = Gauge(
    "mailtide_notifier_oldest_pending_seconds", "For how long the oldest pending delivery has waited."
)
