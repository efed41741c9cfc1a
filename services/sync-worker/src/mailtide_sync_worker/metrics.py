"""The sync worker's metrics."""

from prometheus_client import Counter, Histogram

NOTIFICATIONS = Counter("mailtide_sync_worker_notifications_total", "Notifications translated.", ["trigger"])
UNKNOWN_NOTIFICATIONS = Counter(
    "mailtide_sync_worker_unknown_notifications_total",
    "Notifications of an unknown type; they are kept in Kafka.",
)
NOTIFICATIONS_AHEAD = Counter(
    "mailtide_sync_worker_notifications_ahead_total",
    "Notifications that are dated more than 5 s after their receipt: the ingress' clock is behind, or Nylas' ahead.",
)
KNOWN_STATE_FAILURES = Counter(
    "mailtide_sync_worker_known_state_failures_total",
    "Batches translated without the stored state, so that all their messages counted as unknown.",
)
REQUESTS = Counter("mailtide_sync_worker_requests_total", "Sync requests handled.", ["kind", "outcome"])
REQUEST_DURATION_SECONDS = Histogram(
    "mailtide_sync_worker_request_duration_seconds",
    "From the start of a sync request to its outcome.",
    ["kind"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
SYNCED_MESSAGES = Counter(
    "mailtide_sync_worker_synced_messages_total",
    "Messages that sync requests published, or of which they requested a fetch.",
    ["kind"],
)
FINDINGS = Counter(
    "mailtide_sync_worker_findings_total",
    "Differences that comparisons with the database found. Of messages: changed, fetched, missing (to be confirmed),"
    " held, content, unconfirmed (the stored content is a notification's, without a body). Of folders: missing"
    " folder (deleted), held folder.",
    ["kind", "finding"],
)
PURGED_MESSAGES = Counter(
    "mailtide_sync_worker_purged_messages_total", "Messages for which tombstones were written."
)
UNKNOWN_GRANT_NOTIFICATIONS = Counter(
    "mailtide_sync_worker_unknown_grant_notifications_total",
    "Grants of notifications that have no account, counted when the account is requested.",
)
PURGED_GRANT_NOTIFICATIONS = Counter(
    "mailtide_sync_worker_purged_grant_notifications_total",
    "Notifications of purged grants, which become no events.",
)
BULK_WAIT_SECONDS = Counter(
    "mailtide_sync_worker_bulk_wait_seconds_total", "Time that pages of bulk work waited for live work."
)
OVERSIZED_PAGES = Counter(
    "mailtide_sync_worker_oversized_pages_total",
    "Pages above the size limit, which were requested again with fewer messages, or a single one without its body.",
)
CIRCUIT_OPENINGS = Counter(
    "mailtide_sync_worker_circuit_openings_total",
    "Openings of the circuit breaker: Nylas failed for several grants in a row.",
)
UNPUBLISHABLE_EVENTS = Counter(
    "mailtide_sync_worker_unpublishable_events_total",
    "Events left out because they fit into no record or cannot be encoded.",
    ["type"],
)
